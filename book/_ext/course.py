"""Directives for what lies elsewhere in the repository: exercises, widgets, recorded results."""

import html
import json
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from course_utils import results
from course_utils.exercises import build, source

WIDGETS = Path(results.__file__).parent / "widgets"
LOADER = """\
(() => {
  const store = (window.courseWidgets ??= {});
  store[%(name)s] = %(source)s;
  const start = async () => {
    const address = URL.createObjectURL(new Blob([store[%(name)s]], {type: "text/javascript"}));
    const {default: widget} = await import(address);
    for (const place of document.querySelectorAll('[data-widget=' + %(name)s + ']')) {
      const values = new Map();
      const listeners = new Map();
      const model = {
        get: (key) => values.get(key),
        set: (key, value) => {
          values.set(key, value);
          for (const call of listeners.get("change:" + key) ?? []) call();
        },
        on: (event, call) => listeners.set(event, [...(listeners.get(event) ?? []), call]),
        off: (event, call) =>
          listeners.set(event, (listeners.get(event) ?? []).filter((one) => one !== call)),
        save_changes: () => {},
      };
      const live = document.createElement("div");
      widget.render({model, el: live});
      place.replaceChildren(live);
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
"""


class Nested(SphinxDirective):
    """A directive that writes MyST and lets it be parsed."""

    def parse(self, text):
        holder = nodes.container()
        lines = StringList(text.splitlines(), self.name)
        self.state.nested_parse(lines, self.content_offset, holder)
        return holder.children


class ExerciseCard(Nested):
    """`{exercise-card} slug`: the graded exercise, its tasks and their hints, from its source."""

    required_arguments = 1

    def run(self):
        slug = self.arguments[0]
        path = Path(self.env.srcdir) / "solutions" / f"{slug}.py"
        if not path.is_file():
            raise self.error(f"there is no solutions/{slug}.py")
        self.env.note_dependency(str(path))
        return self.parse(card(source.read(path)))


def card(exercise):
    """The card of an exercise, in MyST."""
    facts = (
        f"{len(exercise.tasks)} tasks · {exercise.points} points · about {exercise.minutes} minutes"
    )
    where = f"exercises/{exercise.slug}/{exercise.slug}.ipynb"
    link = "{download}" + f"`Take the notebook <../{where}>`"
    tasks = "\n".join(map(_task, exercise.tasks.values()))
    return (
        f":::::{{admonition}} {exercise.title}\n:class: exercise\n\n"
        f"{link} {facts}\n\nIn a clone of the course: `make lab`, then `{where}`.\n\n"
        f"{tasks}\n:::::\n"
    )


def _task(task):
    hints = "\n".join(
        f":::{{dropdown}} {name}\n:class-container: hint\n{hint}\n:::\n"
        for name, hint in zip(build.HINTS, task.hints, strict=False)
    )
    return (
        f"::::{{dropdown}} {task.title} ({task.test.points} points)\n"
        f":class-container: hint task\n\n{task.statement}\n\n{hints}\n::::\n"
    )


class Widget(SphinxDirective):
    """`{widget} name`: a widget of course_utils, drawn in the page without any kernel."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        base = WIDGETS / name.replace("-", "_")
        if not base.with_suffix(".js").is_file():
            raise self.error(f"there is no widget {name}")
        for ending in (".js", ".css", ".svg"):
            self.env.note_dependency(str(base.with_suffix(ending)))
        if not hasattr(self.env, "course_widgets"):
            self.env.course_widgets = {}
        self.env.course_widgets.setdefault(self.env.docname, set()).add(name)
        still = base.with_suffix(".svg").read_text(encoding="utf-8")
        place = f'<div data-widget="{html.escape(name)}">{still}</div>'
        return [nodes.raw("", f'<figure class="widget">{place}</figure>', format="html")]


def add_widget_files(app, page, template, context, doctree):
    """A page with a widget gets its script and its style sheet, and no other page does."""
    for name in sorted(getattr(app.env, "course_widgets", {}).get(page, ())):
        app.add_js_file(f"widgets/{name}.js", loading_method="defer")
        app.add_css_file(f"widgets/{name}.css")


def write_widgets(app, error):
    """Each widget as a classic script that holds its module's source: it works from file:// too."""
    names = set().union(*getattr(app.env, "course_widgets", {}).values(), set())
    for name in sorted(names) if not error and app.builder.format == "html" else []:
        base, target = WIDGETS / name.replace("-", "_"), Path(app.outdir, "_static", "widgets")
        target.mkdir(parents=True, exist_ok=True)
        module = base.with_suffix(".js").read_text(encoding="utf-8")
        script = LOADER % {"name": json.dumps(name), "source": json.dumps(module)}
        (target / f"{name}.js").write_text(script, encoding="utf-8")
        style = base.with_suffix(".css").read_text(encoding="utf-8")
        (target / f"{name}.css").write_text(style, encoding="utf-8")


class Recorded(SphinxDirective):
    """`{recorded} name`: where a recorded result comes from, or "not yet measured"."""

    required_arguments = 1

    def run(self):
        name = self.arguments[0]
        result = results.load(name)
        box = nodes.admonition(classes=["recorded", "measured" if result else "pending"])
        box += nodes.title("", "Recorded run" if result else "Not yet measured")
        box += nodes.paragraph("", badge(result) if result else _awaits(name))
        return [box]


def badge(result):
    """Where a result comes from, in two sentences."""
    origin = result.provenance
    return (
        f"{result.what} {len(result.seeds)} seeds, {result.seconds:.0f} s on {origin['hardware']}; "
        f"torch {origin['torch']}, Python {origin['python']}, commit {origin['commit']}, "
        f"{origin['date']}."
    )


def _awaits(name):
    preset = name.rsplit("-", 1)[-1]
    return f"This run awaits its machine. `make results PRESET={preset}` makes it in one command."


def purge(app, env, docname):
    """Forget the widgets of a page that is read again or removed."""
    getattr(env, "course_widgets", {}).pop(docname, None)


def setup(app):
    app.add_directive("exercise-card", ExerciseCard)
    app.add_directive("widget", Widget)
    app.add_directive("recorded", Recorded)
    app.connect("html-page-context", add_widget_files)
    app.connect("env-purge-doc", purge)
    app.connect("build-finished", write_widgets)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
