"""Recorded results: written with provenance, read back, refused when damaged."""

import pytest

from course_utils import results


def example():
    return results.Result(
        name="example-cpu", what="Two seeds of nothing.", preset="cpu", seeds=[0, 1],
        seconds=1.5, values={"accuracy": [0.9, 0.8]},
    )


def test_a_result_survives_the_disk_and_carries_its_provenance(tmp_path):
    results.record(example(), tmp_path)
    back = results.load("example-cpu", tmp_path)
    assert back.values == {"accuracy": [0.9, 0.8]}
    assert set(back.provenance) == {"date", "commit", "hardware", "python", "torch"}
    assert all(back.provenance.values())


def test_a_missing_result_is_none(tmp_path):
    assert results.load("never-run", tmp_path) is None


@pytest.mark.parametrize("content", ["{", "{}", '{"name": "x", "extra": 1}'])
def test_a_damaged_result_is_named(tmp_path, content):
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(ValueError, match=r"bad\.json.*make results"):
        results.load("bad", tmp_path)


def test_committed_results_load():
    for path in results.FOLDER.glob("*.json"):
        assert results.load(path.stem).provenance["commit"] != "unknown"
