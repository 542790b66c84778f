"""The helper package of Deep Learning by Experiment.

Chapters and notebooks import its modules by name: `from course_utils import data, training`.
Importing the package itself costs nothing; torch is loaded by the modules that need it.
"""

import re

__version__ = "0.1.0"


def require(minimum):
    """Raise ImportError, saying what to do, unless the installed version is at least `minimum`."""
    if _numbers(__version__) < _numbers(minimum):
        raise ImportError(
            f"This notebook needs course_utils {minimum} or newer; installed is {__version__}. "
            "Fetch the newest version of the course and run, in its folder: "
            'python -m pip install -c constraints.txt ".[lab]"'
        )


def _numbers(version):
    if not re.fullmatch(r"\d+(\.\d+)*", version):
        raise ValueError(f"expected a version such as '0.1' or '0.1.0', got {version!r}")
    return (*map(int, version.split(".")), 0, 0)[:3]
