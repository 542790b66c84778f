"""`{prediction}`, `{reveal}` and `{quiz}`: questions that the reader answers in the page.

Every builder gets a plain list with its answers; `reading.py` makes forms of them in HTML.
"""

from string import ascii_uppercase as LETTERS
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
ANSWERS = {True: ("right", "Right. "), False: ("wrong", "Not quite. ")}


def asked(env):
    """The page's questions so far: {id: the right option; None once it was revealed}."""
    return env.temp_data.setdefault("asks", {})


class Ask(SphinxDirective):
    """A question in the first line, its options in the content, the letter of the right one."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar = {"right": str.upper, "name": directives.unchanged_required}

    def run(self):
        question, _ = self.state.inline_text(self.arguments[0], self.lineno)
        box = nodes.admonition("", nodes.title("", "", *question), classes=["ask", *self.looks])
        box["ids"] = [self._id()]
        self.set_source_info(box)
        content = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, content)
        before, options, *answers = self.fill(content.children)
        options.attributes.update(enumtype="upperalpha", prefix="", suffix=".")
        options["classes"] = ["options"]
        right = LETTERS.index(self._right(len(options)))
        asked(self.env)[box["ids"][0]] = options[right][0]
        box += [*before, options, *answers]
        return [box]

    def _id(self):
        name = self.options.get("name") or self.arguments[0]
        made = f"{self.name}-{nodes.make_id(name)[:48].strip('-')}"
        if made in asked(self.env):
            raise self.error(f"the page has a {self.name} of this name already: give it a :name:")
        return made

    def _right(self, count):
        """The letter of the right option, of `count`."""
        right, letters = self.options.get("right", ""), LETTERS[:count]
        if count < 2:
            raise self.error(f"a {self.name} needs at least two options, this one has {count}")
        if not right:
            raise self.error(f"no option of this {self.name} is right: say :right: {letters[0]}")
        if right not in letters:
            raise self.error(f"no option {right}: there are {', '.join(letters)}")
        return right


class Prediction(Ask):
    """What the reader commits to before a result; the options are a numbered list."""

    looks = ("prediction", "question")

    def fill(self, content):
        if not content or not isinstance(content[-1], nodes.enumerated_list):
            raise self.error("a prediction ends with its options, a numbered list")
        return content[:-1], content[-1]


class Quiz(Ask):
    """A question with an answer to each option; the options are a definition list."""

    looks = ("quiz",)

    def fill(self, content):
        options, answers = nodes.enumerated_list(), nodes.definition_list(classes=["answers"])
        before = []
        for child in content:
            if isinstance(child, nodes.definition_list):
                for item in child:
                    options += nodes.list_item("", nodes.paragraph("", "", *item[0].children))
                    answers += self._answer(item, LETTERS[len(answers)])
            elif isinstance(child, nodes.paragraph) or len(options):
                raise self.error(f"this option has no answer, a line that begins with a colon: "
                                 f"{child.astext()[:60]}")
            else:
                before.append(child)
        return before, options, answers

    def _answer(self, item, letter):
        kind, word = ANSWERS[letter == self.options.get("right")]
        answer = item[-1]
        if len(item) != 2 or not isinstance(answer[0], nodes.paragraph):
            raise self.error(f"the option {letter} needs one answer, a paragraph")
        answer["classes"].append(kind)
        answer[0].insert(0, nodes.strong("", word))
        return nodes.definition_list_item("", nodes.term("", letter), answer)


class Reveal(SphinxDirective):
    """What came of a prediction, below the output that decides it."""

    optional_arguments = 1
    has_content = True

    def run(self):
        asks = asked(self.env)
        name = self._prediction([one for one in asks if one.startswith("prediction-")])
        option, asks[name] = asks[name], None
        if option is None:
            raise self.error("this prediction was revealed already")
        outcome = nodes.paragraph("", "", nodes.inline("", "It came out"), nodes.Text(" "),
                                  classes=["outcome"])
        letter = LETTERS[option.parent.parent.index(option.parent)]
        outcome += nodes.inline("", "", nodes.strong("", letter), nodes.Text(" "),
                                *(child.deepcopy() for child in option))
        box = nodes.container("", outcome, classes=["reveal"])
        box["ids"] = [name.replace("prediction", "reveal", 1)]
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]

    def _prediction(self, names):
        """The id of the prediction that is meant: the named one, or the page's only one."""
        if self.arguments:
            names = [n for n in names if n == f"prediction-{nodes.make_id(self.arguments[0])}"]
        if len(names) != 1:
            which = self.arguments[0] if self.arguments else "to reveal, or several: name one"
            raise self.error(f"there is no prediction {which} above on this page")
        return names[0]


def check(app, doctree):
    """Every prediction is revealed on its page."""
    for box in doctree.findall(nodes.admonition):
        if "prediction" in box["classes"] and asked(app.env)[box["ids"][0]]:
            logger.warning("this prediction is never revealed: put a {reveal} below the output "
                           "that decides it", location=box, type="course", subtype="reveal")


def setup(app):
    app.add_directive("prediction", Prediction)
    app.add_directive("quiz", Quiz)
    app.add_directive("reveal", Reveal)
    app.connect("doctree-read", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
