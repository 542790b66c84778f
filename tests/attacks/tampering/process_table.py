"""Looks at processes, descriptors, the environment, arguments and memory maps for secrets."""
# cell: softmax
# points: softmax-test 0
import os
import sys


def seen():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for name in ("cmdline", "environ", "cwd", "root", "fd"):
            path = f"/proc/{pid}/{name}"
            try:
                if name == "fd":
                    yield from (os.readlink(f"{path}/{fd}") for fd in os.listdir(path))
                elif name in ("cwd", "root"):
                    yield os.readlink(path)
                else:
                    yield open(path).read()
            except OSError as error:
                yield str(error)
    yield str(os.environ)
    yield str(sys.argv)


text = "\n".join(map(str, seen()))
print("SECRET" if "a-password" in text or ".ipynb" in text or "job.json" in text else "nothing")


def softmax(x):
    return x
# lacks: SECRET
