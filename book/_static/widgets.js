// Starts the widgets of a page, from http and from file:// alike. The scripts in widgets/ register
// each module's source; see book/_ext/widgets.py.
(() => {
  const ready = new Promise((done) => {
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", done);
    else done();
  });

  // As much of anywidget's model as a widget without a kernel needs.
  function createModel() {
    const values = new Map();
    const listeners = new Map();
    const of = (event) => listeners.get(event) ?? listeners.set(event, new Set()).get(event);
    return {
      get: (key) => values.get(key),
      set(key, value) {
        if (Object.is(values.get(key), value)) return;
        values.set(key, value);
        for (const call of [...of(`change:${key}`), ...of("change")]) call(this, value);
      },
      on: (event, call) => void of(event).add(call),
      off: (event, call) => void of(event).delete(call),
      save_changes() {},
    };
  }

  async function start(name, source) {
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const { default: widget } = await import(address);
    URL.revokeObjectURL(address);
    for (const figure of document.querySelectorAll(`figure[data-widget="${name}"]`)) {
      const el = document.createElement("div");
      await widget.render({ model: createModel(), el });
      figure.replaceChildren(el); // the still picture stays until here
    }
  }

  window.registerWidget = (name, source) => ready.then(() => start(name, source));
})();
