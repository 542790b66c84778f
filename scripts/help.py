"""Print the targets of the Makefile with their descriptions."""

import re
import sys
from pathlib import Path

for name, what in re.findall(r"^([\w-]+):.*?## (.*)$", Path(sys.argv[1]).read_text(), re.M):
    print(f"make {name:<12} {what}")
