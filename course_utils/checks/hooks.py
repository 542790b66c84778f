"""Where the student's code is: in this process, or in another one that a judge asks.

In a notebook the functions below are as they stand here; a judge puts its own in their place.
"""

OPEN = []  # the checks whose block is running, outermost first


def declared(thing):
    """Whether a running check declared that `thing` may change."""
    return any(check.declares(thing) for check in OPEN)


def note_change(tensor):
    """A call changed a tensor that nobody declared; the running checks take note."""
    for check in OPEN:
        check.note_change(tensor)


def changed_input(name):
    """The error of a function that changed a tensor of the test's."""
    return AssertionError(
        f"your function changed its input `{name}`; work on a copy (`.clone()`), or on new tensors"
    )


def beside(fn, *args):
    """Call a function of the test where the student's functions are."""
    return fn(*args)



def source_of(target):
    """The name of a student's function, and the cells' texts; `library` puts its own here."""
    raise NotImplementedError
