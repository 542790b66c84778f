"""The still picture for pages without JavaScript: `python -m course_utils.widgets.static`.

Drawn with the module's own functions, by a headless browser engine's JavaScript (V8, package
mini-racer), so that picture and widget show the same numbers.
"""

import json
import math
import re
from pathlib import Path

FOLDER = Path(__file__).parent
TARGET = FOLDER / "activation_explorer.svg"


def engine():
    """A V8 context that holds the module's exported functions as globals."""
    from py_mini_racer import MiniRacer

    module = (FOLDER / "activation_explorer.js").read_text(encoding="utf-8")
    context = MiniRacer()
    context.eval(re.sub(r"^export (default \{ render \};)?", "", module, flags=re.M) + "\n;1")
    return context


def call(expression):
    """The value of a JavaScript expression over the module's functions, as plain data."""
    return json.loads(engine().eval(f"JSON.stringify({expression})"))


def picture():
    """The SVG of the default state: ReLU and its slope; signal and gradient through 20 layers."""
    chosen = call("{...DEFAULTS, ...trace(DEFAULTS.function, DEFAULTS.gain)}")
    at = [-4 + i / 10 for i in range(81)]
    values = call(f"{at}.map(FUNCTIONS[DEFAULTS.function].f)")
    slopes = call(f"{at}.map(FUNCTIONS[DEFAULTS.function].df)")
    parts = [
        '<path d="M16,150H304" stroke="var(--edge, #8a867c)"/>',
        _curve(at, values, _left, "--fig-1, #0072b2", ""),
        _curve(at, slopes, _left, "--fig-2, #b35900", ' stroke-dasharray="5 3"'),
        _curve(range(20), chosen["signal"], _right, "--fig-1, #0072b2", ""),
        _curve(range(20), chosen["gradient"], _right, "--fig-2, #b35900",
               ' stroke-dasharray="5 3"'),
        _text(16, 22, "--fig-1, #0072b2", "ReLU"), _text(16, 40, "--fig-2, #b35900", "its slope"),
        _text(366, 22, "--fig-1, #0072b2", "size of the signal"),
        _text(366, 40, "--fig-2, #b35900", "size of the gradient"),
        _text(366, 218, "--soft, #5b5953", "layers 1 to 20"),
        _text(16, 218, "--soft, #5b5953", "input from −4 to 4"),
    ]
    alt = "ReLU and its slope; through twenty layers signal and gradient keep their size."
    head = (
        f'<svg viewBox="0 0 660 230" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-label="{alt}" font-family="sans-serif" font-size="12.5">'
    )
    return "".join([head, *parts, "</svg>\n"])


def _left(x, y):
    return 160 + 36 * x, 150 - 36 * y


def _right(layer, y):
    return 366 + 13 * layer, 58.4 - 11.6 * math.log10(y)


def _curve(xs, ys, place, colour, dash):
    points = [place(x, y) for x, y in zip(xs, ys, strict=True)]
    steps = "L".join(f"{x:.1f},{y:.1f}" for x, y in points if y > 6)
    return f'<path d="M{steps}" fill="none" stroke="var({colour})" stroke-width="2"{dash}/>'


def _text(x, y, colour, words):
    return f'<text x="{x}" y="{y}" fill="var({colour})">{words}</text>'


if __name__ == "__main__":
    TARGET.write_text(picture(), encoding="utf-8")
    print(TARGET)
