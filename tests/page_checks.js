// What page_checks.py asks a page in the browser.
const all = (selector) => [...document.querySelectorAll(selector)];
const told = (node) => node.outerHTML.slice(0, 120).replaceAll(/\s+/g, " ");
const seen = (node) =>
  node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
const CONTROLS = "a[href], button, input, select, textarea, summary";

function facts(leastAlt, mostInline) {
  const ids = all("[id]").map((node) => node.id);
  return {
    ids,
    repeated: [...new Set(ids.filter((id, place) => ids.indexOf(id) !== place))],
    links: [...new Set(all("a[href]").map((link) => link.href))],
    alt: altFaults(leastAlt),
    table: tableFaults(),
    heading: headingFaults(),
    picture: pictureFaults(mostInline),
  };
}

// Alternative text: every picture of the article says what it shows.
function altFaults(least) {
  const name = (node) => node.alt ?? node.getAttribute("aria-label") ?? "";
  return all("main :is(img, figure svg, svg[role=img])")
    .filter((node) => !node.closest("[aria-hidden=true], button"))
    .filter((node) => name(node).trim().length < least)
    .map((node) => `no alternative text: ${told(node)}`);
}

// A figure's numbers are folded below it, before the next figure.
function tableFaults() {
  const figures = all("main figure:not(.widget)").filter((one) => one.querySelector("img, svg"));
  const tables = all("main details table");
  const after = (one, other) =>
    one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  return figures
    .filter((figure, place) => !tables.some((table) =>
      after(figure, table) && !(figures[place + 1] && after(figures[place + 1], table))))
    .map((figure) => `no table of the numbers: ${told(figure)}`);
}

// One first heading, no level left out, none empty.
function headingFaults() {
  const found = all("main :is(h1, h2, h3, h4, h5, h6)").filter(seen);
  const faults = found.filter((node) => !node.textContent.trim()).map(() => "an empty heading");
  const firsts = found.filter((node) => node.tagName === "H1").length;
  if (firsts !== 1) faults.push(`${firsts} headings of level 1`);
  let level = 0;
  for (const node of found) {
    const next = Number(node.tagName[1]);
    if (next > level + 1) faults.push(`level ${next} after level ${level}: ${told(node)}`);
    level = next;
  }
  return faults;
}

// Pictures are small and in the page, or lazy.
function pictureFaults(most) {
  const size = (svg) => new Blob([svg.outerHTML]).size;
  return [
    ...all("main svg").filter((svg) => size(svg) > most).map((svg) => `${size(svg)} bytes inline`),
    ...all("main img").filter((img) => img.loading !== "lazy").map((img) => `not lazy: ${told(img)}`),
  ];
}

// By keyboard: watchFocus, then press Tab until cameRound, then focusFaults.
function watchFocus() {
  const roving = "[role=tablist] *, [role=radiogroup] *, [type=radio]";
  Object.assign(window, { reached: new Set(), dim: [], first: null });
  window.wanted = all(CONTROLS).filter((node) => seen(node) && !node.disabled && !node.matches(roving));
  addEventListener("focusin", ({ target }) => {
    window.first ??= target;
    window.reached.add(target);
    const style = getComputedStyle(target);
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    if (!outlined && style.boxShadow === "none") window.dim.push(target);
  });
}

function cameRound() {
  const now = document.activeElement;
  return window.reached.size > 0 && now === document.body;
}

function focusFaults() {
  const { first, wanted, reached, dim } = window;
  const target = first?.hash && document.getElementById(first.hash.slice(1));
  const actors = all("[onclick], [role=button], [role=link], [role=switch], [role=slider]");
  return [
    ...(target?.closest("main") ? [] : ["the first stop is no link to the text"]),
    ...wanted.filter((node) => !reached.has(node)).map((node) => `not reached: ${told(node)}`),
    ...actors.filter((node) => seen(node) && node.tabIndex < 0).map((node) => `no stop: ${told(node)}`),
    ...dim.map((node) => `focus cannot be seen: ${told(node)}`),
  ];
}

// Text of the article that needs a script to be seen; folds open without one.
function hiddenText() {
  const excused = "details:not([open]), noscript, dialog, .onlyprint, .widget, summary, .pst-js-only";
  return all("main :is(h1, h2, h3, h4, p, li, td, th, pre, figure)")
    .filter((node) => node.textContent.trim() && !seen(node) && !node.closest(excused))
    .slice(0, 5)
    .map((node) => `hidden: ${told(node)}`);
}
