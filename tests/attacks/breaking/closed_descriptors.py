"""Closes every descriptor, the channel's too."""
# points: softmax-test 0
# tells: ended
import os

os.closerange(0, 1000)
