// Slides one at a time, on screens that are wide enough; a step of a slide is hidden until its turn.
// Keys: arrows, space, Page Up and Down, Home, End; d for dark, f for the full screen.
(() => {
  const root = document.documentElement;
  const slides = [...document.querySelectorAll(".slide")];
  const nav = document.querySelector("nav");
  const stepsOf = (slide) => [...slide.querySelectorAll("[data-step]")];
  const lastStep = (slide) => Math.max(0, ...stepsOf(slide).map((part) => +part.dataset.step));
  let at = 0;
  let step = 0;

  function show(slide, toStep, focus = true) {
    at = Math.min(Math.max(slide, 0), slides.length - 1);
    fit(slides[at]); // once more: a widget may have come
    step = Math.min(Math.max(toStep, 0), lastStep(slides[at]));
    slides.forEach((one, place) => one.classList.toggle("now", place === at));
    for (const part of stepsOf(slides[at])) {
      part.classList.toggle("later", +part.dataset.step > step);
    }
    nav.querySelector(".place").textContent = `${at + 1} / ${slides.length}`;
    history.replaceState(null, "", `#${at + 1}`);
    if (focus) slides[at].focus({ preventScroll: true });
  }

  function on() {
    if (step < lastStep(slides[at])) show(at, step + 1);
    else if (at < slides.length - 1) show(at + 1, 0);
  }

  function back() {
    if (step > 0) show(at, step - 1);
    else if (at > 0) show(at - 1, Infinity);
  }

  // what is too tall for its slide is set smaller, once for all sizes of the window
  function fit(slide) {
    const content = slide.firstElementChild;
    for (let zoom = 1; zoom > 0.4; zoom -= 0.05) {
      content.style.zoom = zoom;
      if (slide.scrollHeight <= slide.clientHeight && slide.scrollWidth <= slide.clientWidth) return;
    }
  }

  function theme(name) {
    root.dataset.theme = name;
    nav.querySelector("[name=theme]").textContent = name === "dark" ? "Light" : "Dark";
  }

  const turn = () => theme(root.dataset.theme === "dark" ? "light" : "dark");
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen());
  const keys = {
    ArrowRight: on, ArrowDown: on, PageDown: on, " ": on,
    ArrowLeft: back, ArrowUp: back, PageUp: back,
    Home: () => show(0, 0), End: () => show(slides.length - 1, Infinity), d: turn, f: full,
  };

  addEventListener("keydown", (event) => {
    const busy = event.target.closest("input, select, textarea, button, nav");
    if (busy && !event.key.startsWith("Page")) return;
    if (!keys[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
  nav.querySelector("[name=on]").addEventListener("click", on);
  nav.querySelector("[name=back]").addEventListener("click", back);
  nav.querySelector("[name=theme]").addEventListener("click", turn);
  addEventListener("hashchange", () => show(parseInt(location.hash.slice(1), 10) - 1 || 0, 0));

  nav.hidden = false;
  root.classList.add("present");
  theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  document.fonts.ready.then(() => slides.forEach(fit));
  show(parseInt(location.hash.slice(1), 10) - 1 || 0, 0, false);
})();
