"""One SVG per figure for light, dark and print.

The course style's own light colours become CSS variables with these colours as fallback, so one
inlined picture follows the theme, and other builders keep the untouched file.
"""

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

logger = logging.getLogger(__name__)
VARIABLES = {  # the colours of course_utils/course.mplstyle
    "#0072b2": "--fig-1", "#b35900": "--fig-2", "#06483a": "--fig-3", "#5a2a68": "--fig-4",
    "#7d7970": "--fig-5", "#22211e": "--fig-ink", "#000000": "--fig-ink", "#5b5953": "--fig-soft",
    "#8a867c": "--fig-axis", "#dedad1": "--fig-grid", "#ffffff": "--fig-paper",
}
COLOUR = re.compile("|".join(VARIABLES), re.I)
INLINE_LIMIT, LIMIT = 40 * 1024, 60 * 1024  # bytes; between the two it loads when it is scrolled to
NOISE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->", re.S)
FONT_SIZE = re.compile(r"(font(?:-size)?: )([\d.]+px)")
FONT_FAMILY = re.compile(r"'DejaVu Sans'[^;\"]*")


def check(app, doctree):
    """Every picture needs alternative text."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            name = Path(image.get("uri", "")).name
            logger.warning(
                "the picture %s has no alternative text: say in `mystnb: image: alt:` what it "
                "shows", name, location=app.env.docname, type="course", subtype="alt",
            )


def themed(svg, prefix):
    """The text of an SVG with variable colours, the page's font, and ids of its own."""
    svg = NOISE.sub("", svg)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}\1"', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}", svg)
    svg = COLOUR.sub(lambda match: f"var({VARIABLES[match[0].lower()]}, {match[0]})", svg)
    svg = FONT_FAMILY.sub("var(--sans)", svg)
    svg = FONT_SIZE.sub(r"\1calc(\2 * var(--fig-scale, 1))", svg)
    return svg.replace("<svg ", '<svg fill="var(--fig-ink, #22211e)" ', 1).strip()


class InlineFigures(SphinxPostTransform):
    """Replace images of SVG files by the picture itself; load the large ones lazily."""

    default_priority = 400
    builders = ("html", "dirhtml")

    def run(self, **kwargs):
        for number, image in enumerate(list(self.document.findall(nodes.image))):
            path = self._file(image["uri"])
            size = path.stat().st_size if path else 0
            if size > LIMIT:
                logger.warning(
                    "the picture %s has %d KiB, at most %d are allowed: rasterise its points",
                    path.name, size // 1024, LIMIT // 1024, location=self.env.docname,
                    type="course", subtype="size",
                )
            if path and path.suffix == ".svg" and size <= INLINE_LIMIT:
                image.replace_self(self._inline(path, image.get("alt", ""), f"f{number}-"))
            else:
                image["loading"] = "lazy"

    def _file(self, uri):
        executed = Path(self.app.outdir).parent / "jupyter_execute" / Path(uri).name
        places = (Path(uri), Path(self.app.srcdir) / uri, executed)
        return next((place for place in places if place.is_file()), None)

    def _inline(self, path, alt, prefix):
        text = html.escape(" ".join(alt.split()), quote=True)
        opening = f'<svg class="themed" role="img" aria-label="{text}" '
        svg = themed(path.read_text(encoding="utf-8"), prefix)
        return nodes.raw("", svg.replace("<svg ", opening, 1), format="html")


def setup(app):
    app.connect("doctree-read", check)
    app.add_post_transform(InlineFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
