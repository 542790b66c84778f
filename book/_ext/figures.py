"""One SVG per figure for light, dark and print.

The course style's own light colours become CSS variables with these colours as fallback, so one
inlined picture follows the theme, and other builders keep the untouched file.
"""

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

VARIABLES = {
    "#0072b2": "--fig-1", "#b35900": "--fig-2", "#06483a": "--fig-3", "#5a2a68": "--fig-4",
    "#7d7970": "--fig-5", "#22211e": "--fig-ink", "#000000": "--fig-ink", "#5b5953": "--fig-soft",
    "#8a867c": "--fig-axis", "#dedad1": "--fig-grid", "#ffffff": "--fig-paper",
}
INLINE_LIMIT = 40 * 1024  # bytes; a larger picture is loaded when it comes into view
NOISE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<!--.*?-->", re.S)


def themed(svg, prefix):
    """The text of an SVG with variable colours, the page's font, and ids that are its own."""
    svg = NOISE.sub("", svg)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}\1"', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\g<1>{prefix}", svg)
    for colour, variable in VARIABLES.items():
        svg = re.sub(colour, f"var({variable}, {colour})", svg, flags=re.I)
    svg = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans)", svg)
    svg = re.sub(r"font-size: ([\d.]+px)", r"font-size: calc(\1 * var(--fig-scale, 1))", svg)
    svg = re.sub(r"font: ([\d.]+px)", r"font: calc(\1 * var(--fig-scale, 1))", svg)
    return svg.replace("<svg ", '<svg fill="var(--fig-ink, #22211e)" ', 1).strip()


class InlineFigures(SphinxPostTransform):
    """Replace images of SVG files by the picture itself; every image needs alternative text."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs):
        if self.app.builder.name == "epub":
            return
        for number, image in enumerate(list(self.document.findall(nodes.image))):
            if not image.get("alt", "").strip():
                raise ExtensionError(
                    f"{self.env.docname}: the picture {image.get('uri')} has no alternative text; "
                    "say in `mystnb: image: alt:` what it shows"
                )
            path = self._file(image)
            if path and path.stat().st_size <= INLINE_LIMIT:
                image.replace_self(self._inline(path, image["alt"], f"f{number}-"))

    def _file(self, image):
        if not image["uri"].endswith(".svg"):
            return None
        uri = Path(image["uri"])
        places = (uri, Path(self.app.srcdir) / uri, self._executed(uri))
        return next((place for place in places if place.is_file()), None)

    def _executed(self, uri):
        return Path(self.app.outdir).parent / "jupyter_execute" / uri.name

    def _inline(self, path, alt, prefix):
        text = html.escape(" ".join(alt.split()), quote=True)
        opening = f'<svg class="themed" role="img" aria-label="{text}" '
        svg = themed(path.read_text(encoding="utf-8"), prefix)
        return nodes.raw("", svg.replace("<svg ", opening, 1), format="html")


def setup(app):
    app.add_post_transform(InlineFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
