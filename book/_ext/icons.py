"""The theme's icons as masks in a style sheet, with the shapes of the theme's own file.

That file is a script of 1.5 MB that draws some 2000 icons; the book shows a dozen. How a mask is
shown, `_static/icons.css` says.
"""

import re

ICON = re.compile(r"\bfa-(?!solid\b|brands\b|regular\b|lg\b|fw\b|[\dx]+\b)([a-z][\w-]*)")


def names(pages):
    """The icons that pages show, sorted: "bars" for the class fa-bars."""
    classes = (text for page in pages for text in re.findall(r'class="([^"]*\bfa-[^"]*)"', page))
    return sorted({name for text in classes for name in ICON.findall(text)})


def masks(script, wanted):
    """A style sheet for these icons; KeyError names one that the theme's script does not have."""
    return "\n".join(f".fa-{name}{{--icon:{_image(script, name)}}}" for name in wanted)


def _image(script, name):
    """The address of an icon's picture: the last of this name, which is the solid one."""
    entry = rf"""[{{,]["']?{re.escape(name)}["']?:\[(\d+),(\d+),\[[^]]*\],"\w*","([^"]+)"\]"""
    found = re.findall(entry, script)
    if not found:
        raise KeyError(name)
    width, height, path = found[-1]
    box = f"viewBox='0 0 {width} {height}'"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' {box}><path d='{path}'/></svg>"
    return 'url("data:image/svg+xml,' + svg.replace("<", "%3C").replace(">", "%3E") + '")'
