"""A cell that never ends, whatever is raised in it."""
# points: softmax-test 0
# tells: computed for more than
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
