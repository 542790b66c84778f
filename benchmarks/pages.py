"""Weight and paint of each page beside a default Jupyter Book build of the same text.

    python benchmarks/pages.py [--json FILE]

Both sites are served gzipped from this machine to a Chromium whose network and processor are slowed
as DevTools does it. Per page: kib, what a first-time visitor's browser fetches of text, styles,
scripts and fonts; lcp_fast_s and lcp_slow_s, when the largest thing was drawn, over 4G (9 Mbit/s,
60 ms, processor slowed four times) and slow 4G (1.6 Mbit/s, 150 ms), the median of three visits;
cls, the layout shift. Ratios are the default build's number over the book's: above 1 the book is
lighter or earlier. The default build has the outputs of the book's cells and the formulas' source;
other hosts are not reached, so that what it fetches from them, MathJax above all, is not counted.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]
from browser import find  # noqa: E402
from serve import served  # noqa: E402

from tests.page_checks import WEIGHED, contents  # noqa: E402

SITE = ROOT / "_build" / "html"
NETWORKS = {"fast": (9e6, 60), "slow": (1.6e6, 150)}  # bits per second, milliseconds
TARGETS = {"kib": 250, "lcp_fast_s": 1.0, "lcp_slow_s": 2.5, "cls": 0.0}
SLOWER, VISITS = 4, 3
PHONE = {"viewport": {"width": 412, "height": 823}, "device_scale_factor": 2, "is_mobile": True}
OBSERVE = """
window.paint = { lcp: 0, cls: 0 };
const watch = (type, see) => new PerformanceObserver((list) => list.getEntries().forEach(see))
  .observe({ type, buffered: true });
watch("largest-contentful-paint", (entry) => { window.paint.lcp = entry.startTime / 1000; });
watch("layout-shift", (entry) => { window.paint.cls += entry.hadRecentInput ? 0 : entry.value; });
"""
DEFAULT = {  # what a new book's settings have, and the extensions without which text is lost
    "title": "Deep Learning by Experiment", "author": "the contributors",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "cache", "cache": str(ROOT / "_build" / ".jupyter_cache")},
    "bibtex_bibfiles": ["book/references.bib"],
    "sphinx": {"extra_extensions": ["sphinx_design", "sphinx_exercise"]},
}


def default_build(folder):
    """The same pages, built with Jupyter Book as it comes; the folder of the site."""
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("_*"))
    shutil.copy(ROOT / "_toc.yml", folder)
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    text = yaml.safe_dump({**DEFAULT, "parse": settings["parse"]})
    (folder / "_config.yml").write_text(text, encoding="utf-8")
    command = "from jupyter_book.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", command, "build", str(folder)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    site = folder / "_build" / "html"
    if not (site / "search.html").is_file():
        sys.exit(done.stdout[-3000:])
    return site


def visit(browser, url, speed, latency):
    """(KiB, seconds to the largest paint, layout shift) of one first visit."""
    context = browser.new_context(**PHONE)
    page, requests = context.new_page(), []
    page.add_init_script(OBSERVE)
    page.on("request", lambda request: requests.append(request))
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    rate = speed / 8
    tools.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": latency, "downloadThroughput": rate, "uploadThroughput": rate})
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(url)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("window.paint.lcp > 0")
    page.wait_for_timeout(500)  # for what is drawn last
    paint = page.evaluate("window.paint")
    sent = sum(one.sizes()["responseBodySize"] for one in requests
               if one.resource_type in WEIGHED and one.url.startswith("http") and one.response())
    context.close()
    return sent / 1024, paint["lcp"], paint["cls"]


def measured(browser, url):
    """The numbers of a page."""
    found = {}
    for name, network in NETWORKS.items():
        weights, paints, shifts = zip(*(visit(browser, url, *network) for _ in range(VISITS)),
                                      strict=True)
        found["kib"] = round(max(weights), 1)
        found[f"lcp_{name}_s"] = round(statistics.median(paints), 2)
        found["cls"] = round(max(found.get("cls", 0), *shifts), 3)
    return found


def compared(browser, default):
    """A row for each page: the book's numbers, the default build's, and ratios."""
    with served(SITE) as ours, served(default) as theirs:
        for page in contents(SITE):
            row = {"page": page, "book": measured(browser, ours + page)}
            if (default / page).is_file():
                row["default"] = measured(browser, theirs + page)
                row["ratio"] = {key: round(row["default"][key] / row["book"][key], 1)
                                for key in row["book"] if row["book"][key]}
            print(line(row), flush=True)
            yield row


def line(row):
    """A row as text: each number as book / default."""
    theirs = row.get("default", {})
    numbers = (f"{key} {value} / {theirs.get(key, '-')}" for key, value in row["book"].items())
    return f"{row['page']:40} " + "   ".join(numbers)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not SITE.is_dir():
        sys.exit("There is no built book: call `make book` first.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        # nothing but this machine is reached
        rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox", rules])
        rows = list(compared(browser, default_build(Path(folder))))
        browser.close()
    both = [row["ratio"] for row in rows if "ratio" in row]
    found = {f"ratio_{key}": round(statistics.median(one[key] for one in both), 1)
             for key in TARGETS if key != "cls"}
    found["missed"] = [f"{row['page']}: {key} {row['book'][key]}, at most {most}"
                       for row in rows for key, most in TARGETS.items() if row["book"][key] > most]
    print(found)
    if options.json:
        text = json.dumps({**found, "pages": rows}, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    return int(bool(found["missed"]))


if __name__ == "__main__":
    sys.exit(main())
