"""Style sheets without what no page uses."""

import re

import tinycss2

COMMENT = re.compile(r"/\*.*?\*/", re.S)
NAMED = re.compile(r"""<([a-z][\w-]*)|\b(?:class|id)=(?:"([^"]*)"|'([^']*)')""")
VARIABLE = re.compile(r"""(?<=[{;\s])(--[\w-]+)\s*:(?:"[^"]*"|'[^']*'|[^;{}"'])*;?""")
GROUPS = ("media", "supports", "layer", "container")
FONT_ICON = re.compile(
    r"""content:\s*(?:var\(--pst-icon-|["'](?:[\ue000-\uf8ff]|\\f[0-9a-f]{3}))"""
)


def names_in_page(html):
    """The elements, classes and ids of a page."""
    return {name for match in NAMED.findall(html) for names in match for name in names.split()}


def names_in_script(source):
    """All words of a script: what it may make or mark."""
    return set(re.findall(r"[\w-]+", source))


def pruned(css, names):
    """The style sheet without the rules that ask for a class, id or element that is not in `names`.

    Nor does it keep comments, font faces, and the characters of the theme's icon font.
    """
    return "\n".join(_rules(tinycss2.parse_stylesheet(COMMENT.sub("", css)), names))


def without_unread_variables(css, others=()):
    """The style sheet without custom properties that neither it nor the other texts read."""
    elsewhere = {name for text in others for name in re.findall(r"--[\w-]+", text)}
    while True:
        read = elsewhere.union(re.findall(r"var\(\s*(--[\w-]+)", css))
        fewer = VARIABLE.sub(lambda match, read=read: match[0] if match[1] in read else "", css)
        if fewer == css:
            return css
        css = fewer


def _rules(rules, names):
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [_text(one) for one in _split(rule.prelude) if _wanted(one, names)]
            text = _text(rule.content)
            if selectors and text and not FONT_ICON.search(text):
                yield f"{','.join(selectors)}{{{text}}}"
        elif rule.type == "at-rule":
            yield from _at_rule(rule, names)


def _at_rule(rule, names):
    keyword = rule.lower_at_keyword
    if keyword in GROUPS and rule.content is not None:
        if inner := "\n".join(_rules(tinycss2.parse_rule_list(rule.content), names)):
            yield f"@{keyword} {_text(rule.prelude)}{{{inner}}}"
    elif keyword not in ("font-face", "charset"):
        content = ";" if rule.content is None else f"{{{_text(rule.content)}}}"
        yield f"@{rule.at_keyword} {_text(rule.prelude)}{content}"


def _text(tokens):
    return re.sub(r"\s+", " ", tinycss2.serialize(tokens)).strip()


def _split(tokens):
    """The selectors of a list, each as its tokens."""
    selectors = [[]]
    for token in tokens:
        if token == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def _wanted(selector, names):
    """Whether a page can have what a selector asks for; `:not(...)` asks for nothing."""
    before = None
    for token in selector:
        if token.type == "hash" and token.value not in names:
            return False
        if token.type == "ident" and before != ":" and token.value not in names:
            return False
        chooses = token.type == "function" and token.lower_name in ("is", "where", "has")
        if chooses and not any(_wanted(one, names) for one in _split(token.arguments)):
            return False
        before = token
    return True
