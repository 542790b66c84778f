"""Honest: the notebook was handed in with the preset of a GPU set."""
# cell: top
import os

os.environ["COURSE_PRESET"] = "gpu"
os.environ["COURSE_DEVICE"] = "cuda"
