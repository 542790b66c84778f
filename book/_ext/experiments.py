"""Which experiment of a page is behind a claim, and with which seeds, told from the page's cells.

It is looked for backwards from the cell that makes the claim: the nearest cell that calls
`repeat`, else the nearest one shown that calls a function of the page.
"""

import ast
from dataclasses import dataclass, field
from functools import cached_property

from cells import parsed


@dataclass
class Cell:
    """What a cell defines, uses and calls by itself, outside of the functions it defines."""

    code: str
    defined: set = field(default_factory=set)
    used: set = field(default_factory=set)
    functions: set = field(default_factory=set)

    def __post_init__(self):
        for node in ast.walk(parsed(self.code)):
            if isinstance(node, ast.Name):
                (self.used if isinstance(node.ctx, ast.Load) else self.defined).add(node.id)
            elif isinstance(node, ast.FunctionDef):
                self.functions.add(node.name)
        self.defined |= self.functions

    @cached_property
    def calls(self):
        """The calls that happen when the cell runs, in order."""
        body = [node for node in parsed(self.code).body if not isinstance(node, ast.FunctionDef)]
        return [node for part in body for node in ast.walk(part) if isinstance(node, ast.Call)]

    def called(self, name):
        """The cell's own calls of a function."""
        return [call for call in self.calls if getattr(call.func, "id", None) == name]


def layers(cells, last):
    """Cell `last`, then the earlier cells that it uses directly, then those that these use, ..."""
    layer, seen = [last], {last}
    while layer:
        yield [cells[i] for i in layer]
        following = []
        for i in layer:
            for name in cells[i].used:
                makers = [j for j in range(i) if name in cells[j].defined]
                if makers and makers[-1] not in seen:
                    seen.add(makers[-1])
                    following.append(makers[-1])
        layer = sorted(following, reverse=True)


def experiment(cells, last, places):
    """(code of the cell, names of its functions, its seeds) behind the claim of cell `last`."""
    functions = set().union(*(cell.functions for cell in cells))
    found = [cell for layer in layers(cells, last) for cell in layer]
    for cell in found:
        if calls := cell.called("repeat"):
            names = [name for call in calls for name in _names(call.args[0]) if name in functions]
            return cell.code, list(dict.fromkeys(names)), seeds(calls[0])
    for cell in found:
        names = [name for name in functions if cell.called(name)]
        if names and cell.code in places:
            return cell.code, sorted(names), ""
    return None


def _names(node):
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]


def seeds(call):
    """The seeds of a call of `repeat`, as far as they stand there: "21, 22, 23"."""
    given = [*call.args[1:2], *(key.value for key in call.keywords if key.arg == "seeds")]
    try:
        source = ast.unparse(given[0]) if given else "3"
        count = source.removeprefix("range")
        value = ast.literal_eval(count)
    except ValueError:
        return ""
    if source.startswith("range"):
        value = range(*value) if isinstance(value, tuple) else range(value)
    value = range(value) if isinstance(value, int) else value
    return ", ".join(map(str, value))
