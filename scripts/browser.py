"""Find a Chromium for browser tests and PDFs; install the distribution's where that is possible."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


def find():
    """The path of a Chromium, or None."""
    if named := os.environ.get("COURSE_CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, (*NAMES, MAC))), None)


def ensure():
    """A Chromium, installed by apt-get as root if need be; None with a message otherwise."""
    if path := find():
        return path
    if sys.platform == "linux" and shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "-qq", *command], env=environment)
        if path := find():
            return path
    print(
        "No Chromium was found: browser tests are skipped, PDFs are not made. Install chromium or "
        "Google Chrome (Debian, Ubuntu: sudo apt-get install chromium), or set COURSE_CHROMIUM to "
        "it."
    )
    return None
