"""What a student wrote, on the way into pages that others open."""

import pytest

from course_utils.grading.graded import clean
from course_utils.grading.runner import handed_in

HARMLESS = ("[a](https://b.c/d?e=f#g)", "[a](#b)", "[a](../b.html#c:d)", "[a](mailto:b@c.d)",
            "$f[0](y+1)$", "a[0](b) : c")
HARMFUL = ("[a](javascript:alert(1))", "[a]( jAvAscript&#58;alert(1))", "[a](<javascript:b>)",
           "[a](java&Tab;script&colon;alert(1))", "[a][b]\n\n[b]: javascript:alert(1)",
           "[a][b]\n\n> [b]: javascript:alert(1)", "[a][b]\n\n- [b]:\n  javascript:alert(1)",
           "[a](data:text/html,b)", "[a](javascript://b)")


@pytest.mark.parametrize("text", HARMLESS)
def test_links_and_maths_stay(text):
    assert clean(text) == text


@pytest.mark.parametrize("text", HARMFUL)
def test_a_link_executes_nothing(text):
    left = clean(text).casefold()
    assert "script" not in left
    assert "data:" not in left


def test_a_pasted_picture_is_told_to_be_missing():
    assert "attachment:" not in clean("See ![image.png](attachment:image.png).")


@pytest.mark.parametrize("stamp", ["1" * 30 + "\u0663.5h9999-12-31GMT-3", "", "soon", "\x00"])
def test_a_time_that_is_none_stops_nothing(tmp_path, stamp):
    (tmp_path / "timestamp.txt").write_text(stamp, encoding="utf-8")
    assert handed_in(tmp_path) is None
