"""Raises errors that would end the test, not fail it."""
# points: softmax-test 0
import itertools

kinds = itertools.cycle([SystemExit, KeyboardInterrupt, GeneratorExit, StopAsyncIteration,
                         type("Skipped", (BaseException,), {})])


def softmax(x):
    raise next(kinds)("matrix")
