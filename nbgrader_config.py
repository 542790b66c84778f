"""Folders of the nbgrader course: solutions, exercises, submitted, autograded, feedback."""

import os

# the size of a run is the grader's to choose: a notebook handed in for a GPU is graded all the same
os.environ["COURSE_PRESET"] = "cpu"

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.course_id = "deep-learning-by-experiment"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.py"]
c.ExecutePreprocessor.timeout = 300  # seconds a cell; the longest here takes about 30
c.ClearSolutions.code_stub = {"python": "# YOUR CODE HERE\nraise NotImplementedError()"}

# zip_collect: names such as ada_10482_88213_training-loop.ipynb, as Canvas gives them
c.FileNameCollectorPlugin.named_regexp = (
    r".*?(?P<student_id>[^_/\\]+)_(?:[^/\\]*_)?(?P<file_id>[^_/\\]+)\.ipynb$"
)
