"""Last rung: limits and a scratch folder, and no protection. Only for code that is trusted."""

import os

from course_utils.grading.sandbox.limits import SUM_OF_MEMORY

FILTER = None


def outside(job):
    """Nothing needs to be done in the supervisor."""


def ended(job):
    """Nothing is left to remove."""


def inside(job):
    """In the child: apply the limits; returns the scratch folder."""
    job.limits.apply(shared_user=os.getuid() != 0)
    return job.folder


def advice():
    """How to get this rung."""
    return "run the students' code without protection by --unsafe"


def lacks():
    """What this rung does not hold, besides what a trial finds."""
    return (SUM_OF_MEMORY,)
