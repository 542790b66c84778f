"""Grading a course: the same points as nbgrader for honest work, nothing lost, nothing shown."""

import json
import shutil
from datetime import datetime

import endurance
import nbformat
import pytest

from course_utils.cli import main
from course_utils.exercises.build import write
from course_utils.exercises.skeleton import create
from course_utils.exercises.source import read
from course_utils.exercises.through_nbgrader import Course as Nbgrader
from course_utils.exercises.through_nbgrader import filled
from course_utils.grading import feedback, runner, sandbox
from course_utils.grading.gradebook import Busy, Course, Writer
from tests.conftest import ROOT

SLUG = "my-topic"
WARNS = "import warnings, sys\nwarnings.warn('x')\nprint('noise', file=sys.stderr)\n"
ANSWERED = "The factor cancels."


def handed_in(exercise):
    """{student: notebook}: right, right in another way, wrong, blank, with warnings."""
    task = exercise.tasks["softmax"]
    codes = {
        "ada": task.cell.code, "bai": task.alternatives[0].code, "chloe": task.wrong[0].code,
        "femi": WARNS + task.cell.code,
    }
    notebooks = {name: filled(exercise, {"softmax": code}) for name, code in codes.items()}
    notebooks["dawit"] = filled(exercise, {})
    for cell in notebooks["ada"].cells:
        if cell.cell_type == "markdown" and cell.metadata.nbgrader.solution:
            cell.source = f"{ANSWERED} <script>alert(1)</script>"
    return notebooks


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The source of the exercise that `course new` writes."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("book", "exercises", "solutions"):
        (tree / name).mkdir()
    shutil.copy(ROOT / "_toc.yml", tree)
    create(tree, SLUG, after="training-loop")
    return tree / "solutions" / f"{SLUG}.py"


@pytest.fixture(scope="module")
def course(source, tmp_path_factory):
    """A course whose submissions have been graded once, by two stations."""
    nbgrader = Nbgrader(tmp_path_factory.mktemp("course") / "course", ROOT)
    exercise = nbgrader.add(source)
    for student, notebook in handed_in(exercise).items():
        nbgrader.submit(student, SLUG, notebook)
    (nbgrader.folder / "submitted" / "gus" / SLUG).mkdir(parents=True)
    nbgrader.lines = []
    nbgrader.summary = runner.grade(Course(nbgrader.folder), SLUG, workers=2,
                                    say=nbgrader.lines.append)
    return nbgrader


def points(course, test="softmax-test"):
    return {student: scores[test] for student, scores in course.scores(SLUG).items()}


def texts(path):
    return "\n".join(str(cell) for cell in nbformat.read(path, as_version=4).cells)


def test_everybody_gets_what_the_work_deserves(course):
    assert points(course) == {"ada": 4, "bai": 4, "chloe": 2, "dawit": 0, "femi": 4, "gus": 0}
    assert course.summary.failed == {}
    assert "no notebook was handed in" in course.summary.repaired["gus"][0]


def test_progress_is_told_with_an_estimate(course):
    assert course.lines[-1].startswith("5 of 5, about 0 min left")


def test_nbgrader_gives_honest_work_the_same(course, source, tmp_path):
    other = Nbgrader(tmp_path / "course", ROOT)
    for student, notebook in handed_in(other.add(source)).items():
        other.submit(student, SLUG, notebook)
    other("autograde", SLUG)
    weak, strong = points(other), points(course)
    assert {s: p for s, p in strong.items() if s in weak and s != "femi"} == {
        s: p for s, p in weak.items() if s != "femi"}


def test_what_is_graded_is_not_graded_again(course):
    again = runner.grade(Course(course.folder), SLUG, workers=1)
    assert (again.graded, again.cached) == (0, 6)
    assert points(course)["chloe"] == 2


def test_a_changed_submission_is_graded_anew_and_alone(course, source):
    exercise = read(source)
    course.submit("chloe", SLUG, filled(exercise, {"softmax": exercise.tasks["softmax"].cell.code}))
    assert runner.grade(Course(course.folder), SLUG, workers=1).graded == 1
    assert points(course)["chloe"] == 4
    course.submit("chloe", SLUG, handed_in(exercise)["chloe"])
    assert runner.grade(Course(course.folder), SLUG, workers=1).graded == 1
    assert points(course)["chloe"] == 2


def test_grading_twice_gives_the_same(course):
    summary = runner.grade(Course(course.folder), SLUG, ["ada", "chloe"], regrade=True, twice=True)
    assert (summary.graded, summary.different) == (2, {})


def test_nothing_hidden_is_shown(course):
    course("generate_feedback", SLUG, "--force")
    for student in ("chloe", "dawit"):
        shown = texts(course.folder / "autograded" / student / SLUG / f"{SLUG}.ipynb")
        page = (course.folder / "feedback" / student / SLUG / f"{SLUG}.html").read_text()
        for text in (shown, page):
            assert "large logits" in text  # its name, points and hint are told
            assert "HIDDEN TESTS" not in text
            assert "[[1000.0, 0.0]]" not in text
            assert "the result is not finite" not in text


def test_feedback_pages_are_written_by_one_command(course, capsys):
    shutil.rmtree(course.folder / "feedback", ignore_errors=True)
    assert main(["--root", str(course.folder), "feedback", SLUG, "--student", "chloe"]) == 0
    assert capsys.readouterr().out.strip() == f"feedback/chloe/{SLUG}/{SLUG}.html"
    with pytest.raises(ValueError, match="nobody's my-topic is graded"):
        feedback.write(Course(course.folder), SLUG, ["nobody"])


def test_a_students_markdown_brings_no_script(course):
    shown = texts(course.folder / "autograded" / "ada" / SLUG / f"{SLUG}.ipynb")
    assert ANSWERED in shown
    assert "<script>" not in shown


def test_written_answers_wait_for_a_person_and_keep_their_points(course):
    place = Course(course.folder)
    with place.book() as book:
        grade = book.find_grade("why", SLUG, SLUG, "ada")
        assert grade.needs_manual_grade
        assert not book.find_grade("why", SLUG, SLUG, "dawit").needs_manual_grade
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    runner.grade(place, SLUG, ["ada"], regrade=True, workers=1)
    assert course.scores(SLUG)["ada"]["why"] == 1.5


def test_late_work_loses_by_nbgraders_plugin(course):
    place = Course(course.folder)
    place.config.LateSubmissionPlugin.penalty_method = "zero"
    with place.book() as book:
        book.find_assignment(SLUG).duedate = datetime(2026, 1, 1)
        book.db.commit()
    stamp = course.folder / "submitted" / "bai" / SLUG / "timestamp.txt"
    stamp.write_text("2026-01-02 00:00:00 UTC")
    runner.grade(place, SLUG, ["ada", "bai"], workers=1)
    with place.book() as book:
        assert book.find_submission(SLUG, "bai").late_submission_penalty == 4
        assert book.find_submission(SLUG, "ada").late_submission_penalty == 0


@pytest.mark.parametrize("name", ["ada lovelace", ".x", "a\nb"])
def test_a_folder_that_is_no_students_stops_nobody(course, name):
    folder = course.folder / "submitted" / name
    (folder / SLUG).mkdir(parents=True)
    try:
        summary = runner.grade(Course(course.folder), SLUG, workers=1)
    finally:
        shutil.rmtree(folder)
    assert "expected an id" in summary.failed[ascii(name)]
    assert len(summary.failed) == 1


def test_two_runs_at_once_are_refused(course):
    with Writer(Course(course.folder), SLUG), pytest.raises(Busy, match="another"):
        runner.grade(Course(course.folder), SLUG)


def test_the_command_reports_as_data(course, capsys):
    assert main(["--root", str(course.folder), "grade", SLUG, "--json"]) == 0
    (summary,) = json.loads(capsys.readouterr().out)
    assert summary["cached"] == 6
    assert main(["--root", str(course.folder), "grade", "no-such"]) == 2
    assert "there are: my-topic" in capsys.readouterr().err


def test_no_protection_is_refused_in_words(course, capsys):
    arguments = ["--root", str(course.folder), "grade", SLUG, "--regrade", "--rung", "none",
                 "--student", "ada"]
    assert main(arguments) == 1
    assert "--unsafe" in capsys.readouterr().out
    assert main([*arguments, "--unsafe"]) == 0


@pytest.mark.parametrize("rung", ["landlock", "container"])
def test_a_machine_without_user_namespaces_gives_the_same_grades(course, rung):
    try:
        sandbox.choose(rung)
    except sandbox.SandboxUnavailable as error:
        pytest.skip(str(error))
    summary = runner.grade(Course(course.folder), SLUG, ["ada", "chloe"], workers=1, regrade=True,
                           rung=rung)
    assert summary.protection["rung"] == rung
    assert summary.failed == {}
    assert (points(course)["ada"], points(course)["chloe"]) == (4, 2)


def test_an_overlay_adds_hidden_checks_and_other_data(source, tmp_path):
    overlay, target = tmp_path / "overlay", tmp_path / "course"
    overlay.mkdir()
    (overlay / f"{SLUG}.py").write_text(
        "# %% [given] setup\nimport torch\nfrom course_utils.checks import attempt, check, forbid, "
        "score\nSECRET_TERM = 2027\n\n# %% [test] softmax points=3\n"
        'with check("three axes", points=3):\n'
        "    assert softmax(torch.zeros(2, 2, 4)).allclose(torch.tensor(0.25))\nscore()\n")
    root = str(source.parent.parent)
    assert main(["--root", root, "release", SLUG, "--overlay", str(overlay)]) == 2
    arguments = ["release", SLUG, "--overlay", str(overlay), "--to", str(target)]
    assert main(["--root", root, *arguments]) == 0
    released = (target / "exercises" / SLUG / f"{SLUG}.ipynb").read_text()
    private = (target / "solutions" / SLUG / f"{SLUG}.ipynb").read_text()
    assert "SECRET_TERM" in released
    assert "points=7" in released
    assert "three axes" in private
    assert "three axes" not in released
    assert "three axes" not in (source.parent / SLUG / f"{SLUG}.ipynb").read_text()


def test_a_student_checks_a_notebook_without_a_kernel(source, tmp_path, capsys):
    exercise = read(source)
    done, blank = tmp_path / "done.ipynb", tmp_path / "blank.ipynb"
    done.write_text(write(filled(exercise, {"softmax": exercise.tasks["softmax"].cell.code})))
    blank.write_text(write(filled(exercise, {})))
    assert main(["check", str(done)]) == 0
    assert "2 of 2 visible checks passed" in capsys.readouterr().out
    assert main(["check", str(blank)]) == 1
    assert "softmax: not done yet" in capsys.readouterr().out
    assert main(["check", str(source)]) == 2
    assert "expected a notebook" in capsys.readouterr().err


def test_a_run_that_is_killed_loses_nothing(tmp_path):
    """`make endurance`, small."""
    nbgrader, right = endurance.course(tmp_path, 40)
    summary = endurance.killed_runs(tmp_path, kills=2, strike=(5, 6.5))
    assert endurance.not_right(nbgrader, right) == []
    assert summary["graded"] + summary["cached"] == 40
    assert summary["failed"] == {}
