"""Data: nothing leaks, nothing is lost, and the same seed gives the same everywhere."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course_utils import data


def rows(part):
    return {tuple(row) for row in part.x.flatten(1).tolist()}


def test_digits_are_what_they_say():
    x, y = data.digits()
    assert x.shape == (1797, 64)
    assert x.dtype == torch.float32
    assert (x.min(), x.max()) == (0, 1)
    assert sorted(set(y.tolist())) == list(range(10))
    assert data.digits(flat=False).x.shape == (1797, 1, 8, 8)


def test_changing_the_digits_changes_nobody_elses():
    first = data.digits()
    first.x.zero_()
    assert data.digits().x.max() == 1


@given(seed=st.integers(0, 1000), val=st.floats(0, 0.4), test=st.floats(0, 0.4))
@settings(max_examples=20, deadline=None)
def test_a_split_loses_nothing_and_shares_nothing(seed, val, test):
    digits = data.digits()
    parts = data.split(digits, val=val, test=test, seed=seed)
    assert sum(len(part.y) for part in parts) == len(digits.y)
    train, validation, held_out = map(rows, parts)
    assert not train & validation
    assert not train & held_out
    assert not validation & held_out


def test_classes_have_equal_shares_in_each_part():
    digits = data.digits()
    of_all = torch.bincount(digits.y) / len(digits.y)
    for part in data.split(digits, seed=3):
        torch.testing.assert_close(torch.bincount(part.y) / len(part.y), of_all, atol=0.01, rtol=0)


def test_the_seed_decides():
    digits = data.digits()
    same, again, other = (data.split(digits, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(same.test.x, again.test.x)
    assert not torch.equal(same.test.x, other.test.x)


def test_identical_inputs_never_part():
    x = torch.arange(20.0).repeat_interleave(5)[:, None]  # each input five times
    split = data.split((x, torch.zeros(100, dtype=torch.int64)), val=0.3, test=0.3)
    assert not rows(split.train) & (rows(split.val) | rows(split.test))


def test_groups_stay_together():
    writers = torch.arange(300) % 10
    x = torch.cat([torch.randn(300, 2), writers[:, None]], 1)
    split = data.split((x, torch.zeros(300, dtype=torch.int64)), groups=writers, test=0.3)
    seen = [set(part.x[:, 2].tolist()) for part in split]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]


@pytest.mark.parametrize(
    ("change", "said"),
    [({"val": 0.6, "test": 0.5}, "sum below 1"), ({"val": -0.1}, "neither negative"),
     ({"groups": [1, 2]}, "lengths")],
)
def test_a_split_that_cannot_be_says_why(change, said):
    with pytest.raises(ValueError, match=said):
        data.split(data.digits(), **change)


@given(n=st.integers(1, 50), size=st.integers(1, 60), shuffle=st.booleans())
@settings(max_examples=30, deadline=None)
def test_batches_hold_each_row_once(n, size, shuffle):
    x = torch.arange(n, dtype=torch.float32)[:, None]
    loader = data.batches((x, torch.arange(n)), size, shuffle=shuffle)
    batches = list(loader)
    assert len(batches) == len(loader)
    assert all(len(x) <= size for x, _ in batches)
    assert all(torch.equal(x[:, 0].long(), y) for x, y in batches)
    assert sorted(torch.cat([y for _, y in batches]).tolist()) == list(range(n))


def test_each_pass_has_a_new_order_and_each_run_the_same():
    x = torch.arange(100)
    runs = []
    for _ in range(2):
        loader = data.batches((x, x), 100, shuffle=True, seed=4)
        runs.append([next(iter(loader))[1].tolist() for _ in range(2)])
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[0][1]


@pytest.mark.parametrize(
    ("pair", "size", "said"),
    [((torch.zeros(3), torch.zeros(2)), 1, "as many targets"),
     ((torch.zeros(3), torch.zeros(3)), 0, "at least 1")],
)
def test_batches_that_cannot_be_say_why(pair, size, said):
    with pytest.raises(ValueError, match=said):
        data.batches(pair, size)


def test_shifted_images_are_moved_not_changed():
    image = torch.zeros(1, 1, 8, 8)
    image[0, 0, 3, 4] = 1
    for seed in range(10):
        moved = data.shifted(image, pixels=2, seed=seed)
        assert moved.shape == image.shape
        row, column = (moved[0, 0] == 1).nonzero()[0].tolist()
        assert moved.sum() == 1
        assert abs(row - 3) <= 2
        assert abs(column - 4) <= 2


def test_shifted_refuses_what_is_not_square():
    with pytest.raises(ValueError, match="square"):
        data.shifted(torch.zeros(2, 63))
