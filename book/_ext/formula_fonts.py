"""KaTeX's style sheet with what the book's formulas use, and with its fonts inside.

Fonts that come as files of their own arrive after the text and move it; those inside the style
sheet are there before the first line is drawn, and hold only the characters that occur.
"""

import base64
import logging
import re
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from stylesheets import pruned

logging.getLogger("fontTools.subset").setLevel(logging.WARNING)  # else a line for each table
KATEX = Path(__file__).parent / "katex"
FORMULA = '<span class="katex-html"'
PIECE = re.compile(r"<(/?)span\b[^>]*>|<[^>]*>|([^<]+)")
FACE = re.compile(r"@font-face\{[^}]*\}")
SOURCE = re.compile(r"src:url\(([^)]*\.woff2)\)[^;}]*")


def characters(page):
    """The characters of a page's formulas."""
    found = set()
    for start in re.finditer(FORMULA, page):
        depth = 0
        for piece in PIECE.finditer(page, start.start()):
            found.update(piece[2] or "")
            if piece[0].startswith(("<span", "</span")):
                depth += -1 if piece[1] else 1
            if depth == 0:
                break
    return found


def style(names, wanted):
    """The style sheet for pages with these classes and these characters in formulas."""
    css = (KATEX / "katex.min.css").read_text(encoding="utf-8")
    rules = pruned(css, names)
    used = {_kind(rule) for rule in rules.splitlines()}
    faces = [_inside(face, wanted) for face in FACE.findall(css) if _kind(face) in used]
    return "\n".join([*filter(None, faces), rules])


def _kind(rule):
    """Family, slant and weight that a rule sets, or what they are where it does not."""
    family = re.search(r"KaTeX_\w+", rule)
    slant = "italic" if "font-style:italic" in rule else "normal"
    weight = "700" if re.search(r"font-weight:(700|bold)", rule) else "400"
    return family[0] if family else "KaTeX_Main", slant, weight


def _inside(face, wanted):
    """The face with its font, cut down; empty where the font has none of the characters."""
    font = TTFont(KATEX / SOURCE.search(face)[1], recalcTimestamp=False)
    points = {ord(character) for character in wanted} & set(font.getBestCmap())
    if not points:
        return ""
    cutter = subset.Subsetter(subset.Options(hinting=False, name_IDs=[6], notdef_outline=False))
    cutter.populate(unicodes=points)
    cutter.subset(font)
    font.flavor, file = "woff2", BytesIO()
    font.save(file)
    data = base64.b64encode(file.getvalue()).decode()
    return SOURCE.sub(f'src:url(data:font/woff2;base64,{data}) format("woff2")', face)
