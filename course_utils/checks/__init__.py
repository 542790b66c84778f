"""What test cells are written with: checks that record instead of raising, and teach.

A test cell makes its own inputs, states each property in a `check`, and ends in `score()`:

    x = torch.randn(5, 7)
    with check("rows sum to one", points=1, hint="Over which axis do you sum?"):
        torch.testing.assert_close(softmax(x).sum(-1), torch.ones(5))
    score()

Nothing here raises into the notebook or writes to standard error: an unfinished notebook runs to
its end, and a warning never costs a point.
"""

from course_utils.checks.library import forbid, operators_used
from course_utils.checks.record import attempt, check, raises, remote
from course_utils.checks.scores import done, score

__all__ = ["attempt", "check", "done", "forbid", "operators_used", "raises", "remote", "score"]
