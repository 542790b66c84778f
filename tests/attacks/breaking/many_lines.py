"""Honest: prints a million lines, to both streams."""
# cell: top
import sys

for _ in range(10):
    sys.stdout.write("line\n" * 100_000)
    sys.stderr.write("line\n" * 100_000)
