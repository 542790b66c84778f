"""Data sets, splits without leakage, and batches. Nothing here needs the network."""

from course_utils.data.batches import Batches, batches
from course_utils.data.digits import digits, shifted
from course_utils.data.labelled import Labelled, Split
from course_utils.data.splits import split

__all__ = ["Batches", "Labelled", "Split", "batches", "digits", "shifted", "split"]
