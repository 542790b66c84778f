"""Symbolic and hard links out of the scratch folder, to write and to read through."""
# cell: top
# base: blank
# points:
import os

for target in ("/work", "/tmp", "/root", "/proc/1/root", "/proc/self/cwd/..", "/etc/passwd"):
    name = "link" + target.replace("/", "_")
    try:
        os.symlink(target, name)
        os.link("/etc/passwd", name + "-hard")
    except OSError:
        pass
    for path in (f"{name}/stray-file", f"../../../../tmp/{name}"):
        try:
            with open(path, "w") as file:
                file.write("written outside")
        except OSError:
            pass
