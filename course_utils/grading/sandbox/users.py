"""A user id of its own for each job, when grading runs as root.

A lock on a file stands for a user id in use. It is let go when the last process that holds it
open ends, so ids are never given twice, also by several graders at once or after a crash.
"""

import contextlib
import os

FOLDER = "/run/course-sandbox"
SETTING = "COURSE_SANDBOX_UIDS"
_DEFAULT = "1900000000-1900000999"  # used neither for accounts nor for containers


def span():
    """First and last user id for jobs; the environment may give them as "first-last"."""
    text = os.environ.get(SETTING, _DEFAULT)
    try:
        first, last = (int(part) for part in text.split("-"))
    except ValueError:
        first = last = 0
    if not 0 < first <= last < 2**32 - 2:
        raise ValueError(f"{SETTING} should be like {_DEFAULT}, it is {text!r}")
    return first, last


def take():
    """A free user id and the open lock that holds it."""
    import fcntl

    os.makedirs(FOLDER, mode=0o700, exist_ok=True)
    first, last = span()
    for uid in range(first, last + 1):
        lock = os.open(f"{FOLDER}/{uid}", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return uid, lock
        os.close(lock)
    raise RuntimeError(f"all user ids for jobs are in use ({SETTING}={first}-{last})")


def become(uid):
    """Be this user and no other, for good; from root only."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
