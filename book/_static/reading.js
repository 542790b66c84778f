// Predictions, quizzes and how far one has read. All of it stays in this browser: nothing is sent.
// book/_ext/asks.py and reading.py make the forms, which read as plain lists without this script.
(() => {
  const KEPT = "deep-learning-by-experiment:"; // an entry of the browser's storage for each page
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const slug = (path) => path.split("/").pop().replace(/\.html$/, "");
  const add = (parent, tag, properties) =>
    parent.appendChild(Object.assign(document.createElement(tag), properties));

  let storage = {}; // where the browser keeps nothing, answers last as long as the page
  try { storage = localStorage; } catch {}
  const load = (page) => JSON.parse(storage[KEPT + page] ?? null);
  const store = (page, value) => { storage[KEPT + page] = JSON.stringify(value); };

  // What is kept of a page: {when, at: [id, title] of the section, read: [id of a section, ...],
  // answers: {id of a form: letter, or "-"}, of: how many there are of each}
  const here = slug(location.pathname), forms = all("form.ask");
  const sections = all(".bd-article > section > section");
  const mine = { read: [], answers: {}, ...load(here) };
  const count = (kind) => forms.filter((form) => form.matches(kind)).length;
  mine.of = { section: sections.length, prediction: count(".prediction"), quiz: count(".quiz") };

  const told = ({ read, answers, of }) => {
    const made = (kind) =>
      Object.keys(answers).filter((id) => id.startsWith(kind) && answers[id] !== "-").length;
    return [
      [read.length, of.section, "sections read"],
      [made("prediction"), of.prediction, "predicted"],
      [made("quiz"), of.quiz, "questions answered"],
    ].filter(([, total]) => total)
      .map(([n, total, what]) => `${n} of ${total} ${what}`).join(" · ");
  };
  const progress = document.querySelector("p.progress");
  const counts = progress && add(progress, "span", {});
  function tell() {
    if (progress) counts.textContent = told(mine);
    for (const id of mine.read)
      for (const link of all(`.page-toc a[href="#${id}"]`)) link.classList.add("read");
  }
  function keep(change) {
    store(here, Object.assign(mine, change));
    tell();
  }

  // Predictions. What stands between the first output of a section and the {reveal}, or else the
  // {reveal} alone, waits until the reader has answered or goes on without.
  function veil(form, place, goOn) {
    const children = [...place.parentElement.children];
    const from = children.findIndex((node) => node.contains(form)) + 1;
    const between = children.slice(from, children.indexOf(place) + 1);
    const hidden = between.slice(between.findIndex((node) => node.querySelector(".cell_output")))
      .flatMap((node) => (node.matches(".cell") ? all(":scope > .cell_output", node) : node));
    const note = add(form, "p", { className: "waiting" });
    note.append("The result waits for your ");
    add(note, "a", { href: `#${form.id}`, textContent: "prediction" });
    note.append(". ");
    add(note, "button", { type: "button", textContent: "Show it", onclick: goOn });
    hidden[0].before(note);
    const lift = () => {
      note.remove();
      for (const node of hidden) node.removeAttribute("hidden");
    };
    // one who searches the page, or comes by a link to a claim, finds what is there
    const wanted = () => {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (!target || !hidden.some((node) => node.contains(target))) return;
      lift();
      target.scrollIntoView();
    };
    for (const node of hidden) {
      node.setAttribute("hidden", "until-found");
      node.addEventListener("beforematch", lift);
    }
    addEventListener("hashchange", wanted);
    wanted();
    return lift;
  }

  function predict(form) {
    const said = form.querySelector(".said"), before = mine.answers[form.id];
    const place = document.getElementById(form.id.replace("prediction", "reveal"));
    const settle = (letter) => {
      form.elements[form.id].value = letter;
      form.firstChild.disabled = true;
      said.textContent = "You went on without an answer.";
      if (letter === "-") return;
      said.textContent = `You said ${letter}. The experiment decides.`;
      const outcome = place.querySelector(".outcome"), row = outcome.cloneNode(true);
      const mark = row.querySelector("strong");
      const chosen = form.querySelector(`[value="${letter}"] ~ span`).cloneNode(true);
      row.firstChild.textContent = "You predicted";
      mark.textContent = letter;
      row.lastChild.replaceChildren(mark, " ", chosen);
      outcome.before(row);
    };
    if (before) return settle(before);
    const answer = (letter, next) => {
      keep({ answers: { ...mine.answers, [form.id]: letter } });
      settle(letter);
      lift();
      next.tabIndex = -1;
      next.focus({ preventScroll: true });
    };
    const lift = veil(form, place, () => answer("-", place));
    form.onsubmit = (event) => {
      event.preventDefault();
      answer(event.submitter?.value || form.elements[form.id].value, said);
    };
  }

  // Quizzes: the answer to the option that was checked, one at a time.
  function quiz(form) {
    const options = all(".options > li", form), answers = all(".answers > dd", form);
    const show = (letter) => answers.forEach((answer, i) => {
      const chosen = options[i].querySelector("input").value === letter;
      answer.classList.toggle("shown", chosen);
      options[i].className = chosen ? answer.classList[0] : "";
    });
    form.elements[form.id].value = mine.answers[form.id];
    show(mine.answers[form.id]);
    form.onchange = () => show();
    form.onsubmit = (event) => {
      event.preventDefault();
      const letter = form.elements[form.id].value;
      show(letter);
      keep({ answers: { ...mine.answers, [form.id]: letter } });
    };
  }

  // Progress: where the reader rests, and the sections whose end is on the screen there.
  function rest() {
    const ended = new Set(mine.read);
    let at = mine.at;
    for (const section of sections) {
      const { top, bottom } = section.getBoundingClientRect();
      if (bottom > innerHeight / 4 && bottom < innerHeight) ended.add(section.id);
      if (top < innerHeight / 2 && bottom > 0)
        at = [section.id, section.querySelector("h2").textContent.replace(/#$/, "")];
    }
    keep({ read: [...ended], at, when: Date.now() });
  }
  function follow() {
    if (mine.at) {
      const [id, title] = mine.at;
      progress.append(" · ");
      add(progress, "a", { href: `#${id}`, textContent: `Continue at “${title}”` });
    }
    let timer;
    addEventListener("scroll", () => {
      clearTimeout(timer);
      timer = setTimeout(rest, 800);
    });
  }

  // The home page: how far one is in each chapter, the way back, and the buttons.
  const pages = () => Object.fromEntries(Object.keys(storage)
    .filter((key) => key.startsWith(KEPT))
    .map((key) => key.slice(KEPT.length)).map((page) => [page, load(page)]));
  function list() {
    const kept = pages(), start = document.querySelector(".start a");
    const [last] = Object.keys(kept).filter((page) => kept[page].at)
      .sort((a, b) => kept[b].when - kept[a].when);
    for (const link of all(".contents dt a")) {
      const page = slug(link.pathname);
      link.parentElement.querySelector(".progress")?.remove();
      if (kept[page])
        add(link.parentElement, "span", { className: "progress", textContent: told(kept[page]) });
      if (page === last && start) {
        start.href = `${link.href}#${kept[page].at[0]}`;
        start.textContent = `Continue: ${link.textContent}`;
      }
    }
    return Object.keys(kept).length;
  }
  function merge({ of, pages }) {
    if (of !== KEPT) throw new Error("another file");
    const merged = Object.entries(pages).map(([page, { read, answers, ...rest }]) => {
      const old = load(page) ?? { read: [], answers: {} };
      return [page, { ...rest, read: [...new Set([...old.read, ...read])],
        answers: { ...old.answers, ...answers } }];
    });
    for (const [page, value] of merged) store(page, value);
  }
  function home(panel) {
    const status = panel.querySelector("[role=status]");
    const [save, bring, remove, file] = all("button, input", panel);
    const show = () => { save.disabled = remove.disabled = !list(); };
    save.onclick = () => {
      const text = JSON.stringify({ of: KEPT, pages: pages() }, null, 1);
      const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      const link = add(panel, "a", { href, download: "reading.json" });
      link.click();
      link.remove();
      status.textContent = "Saved as reading.json.";
    };
    bring.onclick = () => file.click();
    file.onchange = async () => {
      try {
        merge(JSON.parse(await file.files[0].text()));
        status.textContent = "Loaded.";
      } catch {
        status.textContent = "This is not a file that was saved here; nothing has changed.";
      }
      file.value = "";
      show();
    };
    remove.onclick = () => {
      if (!confirm("Delete your answers and your place in every chapter?")) return;
      for (const page in pages()) delete storage[KEPT + page];
      location.reload();
    };
    show();
  }

  for (const form of forms) (form.matches(".quiz") ? quiz : predict)(form);
  tell();
  if (progress) follow();
  all(".kept").forEach(home);
})();
