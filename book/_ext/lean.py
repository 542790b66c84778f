"""Light pages: one style sheet and one script, with what the pages of the book use.

The theme and the extensions put some thirty files on every page, and a page shows a tenth of what
they hold. Each page links `book.css` and `book.js` in their place; when all pages are written, both
are made of those files and cut down, and what nobody loads any more is deleted. What single pages
add, such as a widget's files, stays as it is. Search is loaded by the search page alone.
"""

import hashlib
import re
import shutil
from pathlib import Path

import formula_fonts
import icons
from sphinx.errors import ExtensionError
from stylesheets import names_in_page, names_in_script, pruned, without_unread_variables

STYLE, SCRIPT, FORMULAS = "book.css", "book.js", "katex/katex.min.css"
THEME_STYLES = ("styles/theme.css", "styles/pydata-sphinx-theme.css")
IMPORT = re.compile(r'@import "\.\./(basic\.css)";')  # the one line of the first of them
THEME_SCRIPT, ICONS, TOOLTIPS = (
    f"scripts/{name}.js" for name in ("pydata-sphinx-theme", "fontawesome", "bootstrap")
)
TABS = "design-tabs.js", 'class="sd-tab-set'  # a script, and the mark of pages that need it
UNLOADED = (
    "scripts", "styles", "vendor", "locales", "images", "katex/fonts", "basic.css", "*.png",
    "copybutton_funcs.js", "*webpack-macros.html",
)
LICENCE = re.compile(r"/\*!.*?\*/", re.S)
SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.M)


def link_bundles(app, page, template, context, doctree):
    """Two files instead of everybody's, before other handlers add those of single pages."""
    if app.builder.name != "html":
        return
    styles, scripts = context["css_files"], context["script_files"]
    plain = [one for one in scripts if one.filename and not one.attributes]
    app.lean_files = _names(styles), _names(plain)
    styles.clear()
    scripts[:] = [one for one in scripts if one not in plain and _needed(one, context)]
    app.add_css_file(STYLE)
    # the theme's search page does not wait for scripts that are deferred
    app.add_js_file(SCRIPT, priority=100, loading_method=None if page == "search" else "defer")


def _names(files):
    in_order = sorted(files, key=lambda file: file.priority)
    return [str(file.filename).removeprefix("_static/") for file in in_order]


def _needed(script, context):
    return _names([script]) != [TABS[0]] or TABS[1] in context.get("body", "")


def drop_settings(app, page, template, context, doctree):
    """The theme's inline settings are for a choice of versions and for a search in every page."""
    scripts = context["script_files"]
    settings = [one for one in scripts if "DOCUMENTATION_OPTIONS." in _body(one)]
    context["script_files"] = [one for one in scripts if one not in settings]


def _body(script):
    return script.attributes.get("body") or ""


def finish(app, error):
    """Write the bundles, name them in the pages by their contents, delete what they replace."""
    if error or app.builder.name != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    check_theme(static)
    paths = sorted(path for path in out.rglob("*.html") if "_static" not in path.parts)
    pages = {path: path.read_text(encoding="utf-8") for path in paths}
    bundles = made(static, *app.lean_files, list(pages.values()))
    for name, text in bundles.items():
        (static / name).write_text(text, encoding="utf-8")
    stamp(pages, bundles)
    clean(static, [name for names in app.lean_files for name in names])


def check_theme(static):
    """The theme loads the files that are named above, and no others."""
    macros = (static / "webpack-macros.html").read_text(encoding="utf-8")
    found = sorted(set(re.findall(r"_static/([\w/.-]+)", macros)))
    expected = sorted([*THEME_STYLES, THEME_SCRIPT, ICONS, TOOLTIPS])
    if found != expected:
        raise ExtensionError(f"lean.py expects of the theme the files {expected}, not {found}")


def made(static, styles, scripts, pages):
    """The texts of the bundles by their names."""
    script = SOURCE_MAP.sub("", joined(static, [*scripts, THEME_SCRIPT], end=";\n"))
    apart = joined(static, [p for p in sorted(static.rglob("*.js")) if _loaded(p, static)])
    names = names_in_script(script + apart).union(*map(names_in_page, pages))
    sheet = IMPORT.sub(
        lambda match: joined(static, [match[1]]), joined(static, [*THEME_STYLES, *styles])
    )
    rules = without_unread_variables(pruned(sheet, names), [*pages, script, apart])
    formulas = set().union(*map(formula_fonts.characters, pages))
    return {
        STYLE: "\n".join([*LICENCE.findall(sheet), rules, masks(static, pages)]),
        SCRIPT: script,
        FORMULAS: formula_fonts.style(names, formulas),
    }


def _loaded(script, static):
    """Whether a script is one that pages load, or may load, beside the bundle."""
    return not any(script.match(f"{static.name}/{place}*") for place in ("scripts/", "language_"))


def joined(static, names, end=""):
    """The texts of files, each once, in order."""
    texts = ((static / name).read_text(encoding="utf-8") for name in dict.fromkeys(names))
    return "".join(f"{text}\n{end}" for text in texts)


def masks(static, pages):
    """The icons of the pages."""
    try:
        return icons.masks((static / ICONS).read_text(encoding="utf-8"), icons.names(pages))
    except KeyError as error:
        raise ExtensionError(f"the theme's {ICONS} has no icon {error}") from error


def stamp(pages, bundles):
    """Name the bundles by their contents, so that a browser never shows an old one."""
    stamps = {name: hashlib.sha256(text.encode()).hexdigest()[:8] for name, text in bundles.items()}
    link = re.compile(rf"(_static/({'|'.join(map(re.escape, bundles))}))(?:\?v=\w*)?\"")
    for path, text in pages.items():
        stamped = link.sub(lambda match: f'{match[1]}?v={stamps[match[2]]}"', text)
        if stamped != text:
            path.write_text(stamped, encoding="utf-8")


def clean(static, names):
    """Delete what is in the bundles, and what no page loads."""
    for path in [*map(static.joinpath, names), *(p for g in UNLOADED for p in static.glob(g))]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def setup(app):
    app.connect("html-page-context", link_bundles, priority=0)
    app.connect("html-page-context", drop_settings, priority=990)
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
