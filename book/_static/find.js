// Previews of terms, symbols, equations, figures and claims at their links, by pointer and by
// keyboard; and copy buttons. Without this script the links lead there, and text can be selected.
(() => {
  const LINKS = ["term", "symbol", "equation", "claim", "fig"]
    .map((kind) => `.bd-article a[href*="#${kind}-"]:not(.headerlink)`).join();
  const root = new URL(document.documentElement.dataset.content_root, location);
  const pages = new Map(); // page -> promise of {id: html}
  const loading = new Map(); // page -> what resolves its promise
  let box, link, timer;

  window.addPreviews = (page, previews) => loading.get(page)?.(previews);

  function previewsOf(page) {
    if (!pages.has(page)) {
      pages.set(page, new Promise((resolve) => {
        loading.set(page, resolve);
        const script = document.createElement("script");
        script.src = new URL(`_static/previews/${page}.js`, root);
        script.onerror = () => resolve({});
        document.head.append(script);
      }));
    }
    return pages.get(page);
  }

  async function contentOf(target) {
    const id = decodeURIComponent(target.hash.slice(1));
    const figure = target.pathname === location.pathname && document.getElementById(id);
    if (figure?.matches?.("figure")) return figure.outerHTML; // the picture is here already
    const page = target.href.slice(root.href.length).replace(/\.html.*/, "");
    return (await previewsOf(page))[id];
  }

  function plain(html) {
    const part = document.createElement("div");
    part.innerHTML = html;
    for (const node of part.querySelectorAll(".headerlink, script, .id")) node.remove();
    for (const node of part.querySelectorAll("a")) node.replaceWith(...node.childNodes);
    for (const node of part.querySelectorAll(":not(svg *):is([id], [tabindex])")) {
      node.removeAttribute("id");
      node.removeAttribute("tabindex");
    }
    return part;
  }

  function needMaths() {
    if (!box.querySelector(".katex") || document.querySelector('link[href*="katex"]')) return;
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = new URL("_static/katex/katex.min.css", root);
    document.head.append(sheet);
  }

  async function show(target) {
    hide();
    link = target;
    if (link.title) [link.ariaLabel, link.title] = [link.title, ""]; // one tooltip is enough
    const html = await contentOf(target);
    if (!html || link !== target) return;
    box = plain(html);
    box.id = "preview";
    box.className = "preview";
    box.role = "tooltip";
    target.closest(".bd-article").append(box);
    needMaths();
    target.setAttribute("aria-describedby", "preview");
    place(target.getClientRects()[0]);
  }

  function place(line) {
    const around = box.offsetParent.getBoundingClientRect();
    const left = Math.min(line.left, document.documentElement.clientWidth - box.offsetWidth - 8);
    const below = line.bottom + box.offsetHeight + 8 < innerHeight || line.top < box.offsetHeight;
    const top = below ? line.bottom : line.top - box.offsetHeight;
    box.style.left = `${Math.max(left, 8) - around.left}px`;
    box.style.top = `${top - around.top}px`;
  }

  function hide() {
    clearTimeout(timer);
    link?.removeAttribute("aria-describedby");
    box?.remove();
    box = link = undefined;
  }

  function later(call, delay) {
    clearTimeout(timer);
    timer = setTimeout(call, delay);
  }

  document.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType === "touch") return;
    const over = target.closest?.(LINKS);
    if (over === link && link || target.closest?.(".preview")) clearTimeout(timer);
    else if (over) later(() => show(over), 200);
    else later(hide, 200); // time enough to reach the preview with the pointer
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(LINKS) && target.matches(":focus-visible")) show(target);
    else hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());

  for (const text of document.querySelectorAll("[data-copy]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text);
        button.textContent = "Selected";
      }
    });
    text.after(button);
  }
})();
