"""Which parts of a chapter's page become slides, and how.

The prediction, formulas, figures, widgets, claims, failures, quizzes, summary and exercises do,
in the order of the page, each under the heading of its section; so does the code of a cell with the
tag `slide`. What a room should think about first, verdicts and answers, comes a step later: its
elements have the step's number in `data-step`.
"""

from bs4 import BeautifulSoup

LEFT_OUT = (".headerlink, details.fold:not(.solution), details.hide, aside, .button, "
            ".sd-summary-state-marker")
WHOLE = ["solution", "exercise", "quiz", "prediction", "graded"]  # one slide, whatever they hold


def title(soup, element):
    parts = [element, *soup.select("h1 ~ .summary, h1 ~ .need > p:not(.admonition-title)")]
    return "".join(map(str, parts))


def prediction(soup, element):
    told = "".join(map(str, element.select("fieldset > p:not(.act, .said)")))
    options = "".join(f"<li>{option}</li>" for option in options_of(element))
    return f'<h2>{inner(element.legend)}</h2>{told}<ol class="choice">{options}</ol>'


def formula(soup, element):
    before = element.find_previous_sibling()
    lead = last_sentence(before) if before is not None and before.name == "p" else ""
    return f"{heading(element)}{lead}{element}"


def shown(soup, element):
    return f"{heading(element)}{element}"


def claim(soup, element):
    for part in element.select(":scope > .admonition-title, :scope > p:nth-of-type(n + 3)"):
        part["data-step"] = "1"
    return f'{heading(element)}{element}'


def failure(soup, element):
    name = element.select_one(".admonition-title").extract()
    for number, part in enumerate(element.select("dt")):
        part["data-step"] = part.find_next("dd")["data-step"] = str(number)
    return f"<h2>{inner(name)}</h2>{element}"


def quiz(soup, element):
    answers = element.select(".answers dd")
    options = "".join(
        f'<li>{option}<div class="answer" data-step="1">{inner(answer)}</div></li>'
        for option, answer in zip(options_of(element), answers, strict=True)
    )
    return f'<h2>{inner(element.legend)}</h2><ol class="choice">{options}</ol>'


def exercise(soup, element):
    name = element.select_one(".admonition-title").extract()
    answer = element.find_next_sibling(class_="solution")
    told = f'<div data-step="1">{answer.select_one("section")}</div>' if answer else ""
    return f"<h2>{name.get_text().strip()}</h2>{element.section}{told}"


def graded(soup, element):
    name, facts = element.select_one(".admonition-title"), element.select_one(":scope > .facts")
    tasks = (f"<li>{inner(task.select_one('.sd-summary-text'))}</li>"
             for task in element.select(".task > summary"))
    return f"<h2>{inner(name)}</h2>{facts or ''}<ul>{''.join(tasks)}</ul>"


MAKERS = {
    "h1": title, ".prediction": prediction, "section > .math-block": formula, ".cell figure": shown,
    "figure.widget": shown, ".claim": claim, ".reveal": shown, ".failure": failure, ".quiz": quiz,
    ".tag_slide > .cell_input": shown, "#summary > ul": shown, ".exercise": exercise,
    ".graded": graded,
}


def options_of(element):
    """The texts of the options of a question, without what one clicks on."""
    return [inner(option) for option in element.select(".options label > span")]


def inner(element):
    return element.decode_contents()


def heading(element):
    """The heading of the section that an element of the page stands in."""
    title = element.find_parent("section").find(["h1", "h2", "h3"])
    return f'<h2 class="section">{inner(title)}</h2>'


def last_sentence(paragraph):
    """The last sentence of a paragraph; in the sources each has a line of its own."""
    return f"<p>{inner(paragraph).rpartition(chr(10))[2]}</p>"


def slides_of(body):
    """The slides of a page's HTML, each as (kind, HTML)."""
    soup = BeautifulSoup(body, "html.parser")
    for unwanted in soup.select(LEFT_OUT):
        unwanted.extract()
    for link in soup.select("a"):
        link.unwrap()
    found = []
    for element in soup.select(", ".join(MAKERS)):
        if element.find_parent(class_=WHOLE) is None:
            make = next(make for one, make in MAKERS.items() if element.css.match(one))
            found.append((make.__name__, make(soup, element)))
    return found
