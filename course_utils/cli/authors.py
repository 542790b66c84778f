"""Commands of who writes chapters and exercises: new, release, verify, claims."""

import contextlib
import json
import os
import tempfile


def add_commands(commands):
    """Add the subcommands to `commands`."""
    new = commands.add_parser("new", help="write the two files of a chapter and its exercise")
    new.add_argument("slug")
    new.add_argument("--after", help="the chapter after which it comes (default: the part's last)")
    new.set_defaults(run=_new)

    release = commands.add_parser("release", help="write the notebooks from their sources")
    release.add_argument("slug", nargs="?")
    release.add_argument("--check", action="store_true", help="write nothing, fail when stale")
    release.add_argument("--overlay", metavar="FOLDER", help="your own data and hidden checks")
    release.add_argument("--to", metavar="FOLDER", help="the course folder to write to")
    release.set_defaults(run=_release)

    verify = commands.add_parser("verify", help="run right, wrong and blank answers")
    verify.add_argument("slug", nargs="?")
    verify.add_argument("--json", action="store_true")
    verify.add_argument(
        "--by", choices=["judge", "live", "nbgrader", "all"], default="judge",
        help="in the sandbox as `course grade` (the default), on live objects, through nbgrader")
    verify.set_defaults(run=_verify)

    claims = commands.add_parser("claims", help="the claims of the built book with their verdicts")
    claims.add_argument("--json", action="store_true")
    claims.set_defaults(run=_claims)

def _sources(options):
    folder = options.root / "solutions"
    paths = sorted(folder.glob("*.py")) if options.slug is None else [folder / f"{options.slug}.py"]
    for path in paths:
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in folder.glob("*.py")))
            raise ValueError(f"no exercise {path.stem!r} in solutions/; there are: {known}")
    return paths


def _new(options):
    from course_utils.exercises.skeleton import create

    for path in create(options.root, options.slug, options.after):
        print(path.relative_to(options.root))


def _release(options):
    from course_utils.exercises.release import release, stale

    if options.overlay and not options.to:
        raise ValueError("an overlay is private: say with --to which course folder to write to")
    changed = []
    for path in _sources(options):
        changed += (stale if options.check else release)(path, options.overlay, options.to)
    for target in changed:
        print("stale:" if options.check else "wrote", os.path.relpath(target, options.root))
    if options.check and changed:
        print("Run `course release` and commit what it writes.")
        return 1
    return 0


def _verify(options):
    from course_utils.exercises.judged import Bench
    from course_utils.exercises.through_nbgrader import differences
    from course_utils.exercises.verify import Report, verify

    reports = []
    with contextlib.ExitStack() as stack:
        bench = stack.enter_context(Bench()) if options.by in ("judge", "all") else None
        for path in _sources(options):
            report = Report(path.stem) if options.by == "nbgrader" else verify(path, bench)
            if options.by == "all":
                report.problems += verify(path).problems
            if options.by in ("nbgrader", "all"):
                with tempfile.TemporaryDirectory() as folder:
                    report.problems += differences(path, folder, options.root)
            reports.append(report)
            if not options.json:
                print(report, flush=True)
    if options.json:
        print(json.dumps([report.as_dict() for report in reports], indent=1))
    return int(any(report.problems for report in reports))


def _claims(options):
    path = options.root / "_build" / "html" / "claims.json"
    if not path.is_file():
        raise ValueError("the claims come from the built book, and there is none: run `make book`")
    claims = json.loads(path.read_text(encoding="utf-8"))
    if options.json:
        print(json.dumps(claims, indent=1))
        return
    width = max((len(claim["id"]) for claim in claims), default=0)
    for claim in claims:
        print(f"{claim['id']:<{width}}  {claim['verdict']:<10}  {claim.get('measured', '')}")

