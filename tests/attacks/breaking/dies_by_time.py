"""A cell that ends its process only when it is run again."""
# cell: top
# points: softmax-test any, step-test 4, fit-test 3
import os
import time

started = time.clock_gettime(time.CLOCK_MONOTONIC)
if os.path.exists("/scratch/again"):
    os._exit(1)
open("/scratch/again", "w").close()
