"""Files that shadow torch, course_utils and the worker's own modules."""
# cell: top
# base: blank
# points:
import sys

for name in ("torch", "course_utils", "json", "struct", "pickle", "cloudpickle"):
    with open(f"{name}.py", "w") as file:
        file.write("def __getattr__(name):\n    return lambda *a, **k: 6\n")
sys.path.insert(0, ".")
for name in ("json", "struct", "cloudpickle"):
    sys.modules.pop(name, None)
