"""The sandbox in which students' code runs when a course is graded.

`choose` finds the strongest protection that works here, `start` runs a program in it. The rungs,
from strong to weak: namespaces after a fork, Landlock with a filter on system calls, a container
that starts Python anew, and none, which is taken only if it is asked for. Linux only.
"""

from course_utils.grading.sandbox.choice import Protection, choose
from course_utils.grading.sandbox.limits import Limits
from course_utils.grading.sandbox.process import RUNGS as _MODULES
from course_utils.grading.sandbox.process import Child, SandboxUnavailable, start

RUNGS = tuple(_MODULES)

__all__ = ["RUNGS", "Child", "Limits", "Protection", "SandboxUnavailable", "choose", "start"]
