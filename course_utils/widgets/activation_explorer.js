// The activation explorer: a function and its slope at one point, and what twenty layers of it do
// to a signal on its way up and to the gradient on its way back. Everything is computed here.

export const LAYERS = 20;
export const WIDTH = 64;
const BATCH = 4;

// erf with an error below 1.2e-7 would show in the eighth digit; this series and continued
// fraction are good to double precision.
export function erf(x) {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = z, sum = z;
    for (let n = 1; Math.abs(term) > 1e-17 * sum + 1e-300; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
      if (n > 200) break;
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
  const tail = Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction));
  return Math.sign(x) * (1 - tail);
}

const normalCdf = (x) => 0.5 * (1 + erf(x / Math.SQRT2));
const normalPdf = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

export const FUNCTIONS = {
  relu: { label: "ReLU", f: (x) => Math.max(0, x), df: (x) => (x > 0 ? 1 : 0) },
  "leaky relu": { label: "leaky ReLU", f: (x) => (x > 0 ? x : 0.01 * x), df: (x) => (x > 0 ? 1 : 0.01) },
  sigmoid: { label: "sigmoid", f: sigmoid, df: (x) => sigmoid(x) * (1 - sigmoid(x)) },
  tanh: { label: "tanh", f: Math.tanh, df: (x) => 1 - Math.tanh(x) ** 2 },
  gelu: { label: "GELU", f: (x) => x * normalCdf(x), df: (x) => normalCdf(x) + x * normalPdf(x) },
};

// A small generator (mulberry32) with Box and Muller's transform: the same numbers everywhere.
function normals(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

// The network's numbers: inputs (BATCH, WIDTH), weights (LAYERS, WIDTH, WIDTH) of variance 1 / WIDTH,
// and the gradient that arrives at the top (BATCH, WIDTH).
let made = null;
export function network() {
  if (made) return made;
  const draw = normals(7);
  const rows = (n, scale) => Array.from({ length: n }, () => Float64Array.from({ length: WIDTH }, () => draw() * scale));
  const weights = Array.from({ length: LAYERS }, () => rows(WIDTH, 1 / Math.sqrt(WIDTH)));
  made = { inputs: rows(BATCH, 1), weights, top: rows(BATCH, 1) };
  return made;
}

const rms = (rows) => {
  let sum = 0;
  for (const row of rows) for (const v of row) sum += v * v;
  return Math.sqrt(sum / (rows.length * WIDTH));
};

// Forward and backward through the network with h = f(gain * W h). Returns the root mean square of
// the signal after each layer, and of the gradient of each layer's input, from layer 1 to LAYERS.
export function trace(name, gain) {
  const { f, df } = FUNCTIONS[name], { inputs, weights, top } = network();
  let h = inputs;
  const slopes = [], signal = [];
  for (const layer of weights) {
    const z = h.map((row) => layer.map((w) => {
      let sum = 0;
      for (let j = 0; j < WIDTH; j++) sum += w[j] * row[j];
      return gain * sum;
    }));
    slopes.push(z.map((row) => row.map(df)));
    h = z.map((row) => row.map(f));
    signal.push(rms(h));
  }
  let g = top;
  const gradient = new Array(LAYERS);
  for (let i = LAYERS - 1; i >= 0; i--) {
    const layer = weights[i];
    g = g.map((row, b) => {
      const back = new Float64Array(WIDTH);
      for (let k = 0; k < WIDTH; k++) {
        const share = gain * row[k] * slopes[i][b][k];
        if (share) for (let j = 0; j < WIDTH; j++) back[j] += share * layer[k][j];
      }
      return back;
    });
    gradient[i] = rms(g);
  }
  return { signal, gradient };
}

export const DEFAULTS = { function: "relu", x: 1, gain: 1.4, broken: false };
export const BROKEN = { function: "sigmoid", gain: 1 };

const SVG = "http://www.w3.org/2000/svg";
function el(name, attributes = {}, ...children) {
  const node = name.startsWith("svg:") ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const short = (v) => {
  if (v === 0) return "0";
  if (Math.abs(v) >= 0.01 && Math.abs(v) < 1000) return String(+v.toPrecision(3));
  const [digits, power] = v.toExponential(1).split("e");
  const raised = String(+power).replace(/[-\d]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
  return `${digits} · 10${raised}`;
};
const path = (points) => "M" + points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join("L");

// Both pictures, as arrays of SVG nodes; sizes in a 320 by 230 box.
const X = (x) => 160 + x * 36;
const Y = (y) => 150 - y * 36;
function curvePicture({ f, df, label }, x) {
  const at = Array.from({ length: 161 }, (_, i) => -4 + i / 20);
  const inside = (g) => at.map((v) => [X(v), Y(g(v))]).filter(([, y]) => y > 6);
  const slope = df(x), y = Math.max(f(x), -1.5);
  const reach = 0.9 / Math.hypot(1, slope);
  return [
    el("svg:line", { x1: 16, x2: 304, y1: Y(0), y2: Y(0), class: "axis" }),
    el("svg:line", { x1: X(0), x2: X(0), y1: 8, y2: 200, class: "axis" }),
    el("svg:path", { d: path(inside(df)), class: "slope" }),
    el("svg:path", { d: path(inside(f)), class: "value" }),
    el("svg:line", { x1: X(x - reach), y1: Y(y - reach * slope), x2: X(x + reach), y2: Y(y + reach * slope), class: "tangent" }),
    el("svg:circle", { cx: X(x), cy: Math.max(Y(f(x)), 8), r: 6, class: "now" }),
    el("svg:text", { x: 16, y: 226 }, "input x from −4 to 4"),
    el("svg:text", { x: 16, y: 22, class: "name-value" }, `${label}: ${short(f(x))}`),
    el("svg:text", { x: 16, y: 40, class: "name-slope" }, `slope: ${short(slope)}`),
  ];
}

const LOW = -12, HIGH = 4;
const U = (layer) => 44 + (layer - 1) * 12.4;
const V = (v) => 12 + (HIGH - Math.min(HIGH, Math.max(LOW, Math.log10(v || 1e-300)))) * 11.6;
function layersPicture({ signal, gradient }) {
  const line = (values, cls) => el("svg:path", { d: path(values.map((v, i) => [U(i + 1), V(v)])), class: cls });
  const ticks = [4, 0, -4, -8, -12].flatMap((power) => [
    el("svg:line", { x1: 44, x2: 280, y1: V(10 ** power), y2: V(10 ** power), class: "grid" }),
    el("svg:text", { x: 38, y: V(10 ** power) + 4, "text-anchor": "end" }, power === 0 ? "1" : `10${String(power).replace(/[-\d]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)])}`),
  ]);
  const over = V(signal[LAYERS - 1]) < V(gradient[0]);
  return [
    ...ticks,
    line(gradient, "slope"), line(signal, "value"),
    el("svg:text", { x: 280, y: V(signal[LAYERS - 1]) + (over ? -6 : 15), "text-anchor": "end", class: "name-value" }, "signal →"),
    el("svg:text", { x: 50, y: V(gradient[0]) + (over ? 15 : -6), class: "name-slope" }, "← gradient"),
    el("svg:text", { x: 44, y: 226 }, "layer 1"),
    el("svg:text", { x: 280, y: 226, "text-anchor": "end" }, `layer ${LAYERS}`),
  ];
}

export function sentence(name, gain, { signal, gradient }, broken) {
  const last = signal[LAYERS - 1], first = gradient[0];
  const size = first < 1e-4 ? "it has all but vanished" : first > 1e4 ? "it has exploded" : "it arrives";
  const told = `After ${LAYERS} layers of ${FUNCTIONS[name].label} with gain ${gain.toFixed(1)} the signal has size ${short(last)}. ` +
    `The gradient that reaches layer 1 is ${short(first)} times what came in at the top: ${size}.`;
  return broken ? `${told} Broken on purpose: the slope of a sigmoid is at most a quarter, and twenty quarters multiplied leave nothing for the early layers to learn from.` : told;
}

let instances = 0;
export function render({ model, el: root }) {
  const id = `activation-explorer-${++instances}`;
  const state = {};
  for (const key of Object.keys(DEFAULTS)) state[key] = model.get(key) ?? DEFAULTS[key];

  const pick = el("select", { id: `${id}-f` });
  for (const [name, { label }] of Object.entries(FUNCTIONS)) pick.append(el("option", { value: name }, label));
  const slider = (key, min, max, step) => el("input", { type: "range", id: `${id}-${key}`, min, max, step });
  const x = slider("x", -4, 4, 0.1), gain = slider("gain", 0.2, 5, 0.1);
  const xOut = el("output", { for: x.id }), gainOut = el("output", { for: gain.id });
  const broken = el("input", { type: "checkbox", id: `${id}-b` });
  const reset = el("button", { type: "button" }, "Start again");
  const left = el("svg:svg", { class: "stage", viewBox: "0 0 320 230", role: "img" });
  const right = el("svg:svg", { class: "stage", viewBox: "0 0 320 230", role: "img" });
  const status = el("p", { class: "status", role: "status", "aria-live": "polite" });
  const label = (text, control, ...rest) => el("label", { for: control.id }, text, control, ...rest);
  root.classList.add("activation-explorer");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Activation explorer");
  root.append(
    el("div", { class: "widget-head" }, el("strong", {}, "Twenty layers of one function"), el("label", { class: "switch", for: broken.id }, broken, " Break it")),
    el("div", { class: "stages" }, left, right),
    el("div", { class: "controls" }, label("Function ", pick), label("Input x ", x, xOut), label("Gain ", gain, gainOut), reset),
    status,
  );

  let timer = 0;
  const draw = () => {
    const chosen = FUNCTIONS[state.function];
    const traced = trace(state.function, state.gain);
    pick.value = state.function; x.value = state.x; gain.value = state.gain; broken.checked = state.broken;
    pick.disabled = gain.disabled = state.broken;
    xOut.textContent = state.x.toFixed(1); gainOut.textContent = state.gain.toFixed(1);
    left.replaceChildren(...curvePicture(chosen, state.x));
    left.setAttribute("aria-label", `${chosen.label} at x = ${state.x.toFixed(1)}: value ${short(chosen.f(state.x))}, slope ${short(chosen.df(state.x))}`);
    right.replaceChildren(...layersPicture(traced));
    const text = sentence(state.function, state.gain, traced, state.broken);
    right.setAttribute("aria-label", text);
    clearTimeout(timer);
    timer = setTimeout(() => { status.textContent = text; }, status.textContent ? 250 : 0);
  };
  const change = (values) => {
    Object.assign(state, values);
    for (const [key, value] of Object.entries(values)) model.set(key, value);
    model.save_changes();
    draw();
  };
  const follow = () => {
    for (const key of Object.keys(DEFAULTS)) state[key] = model.get(key) ?? state[key];
    draw();
  };
  pick.addEventListener("change", () => change({ function: pick.value }));
  x.addEventListener("input", () => change({ x: +x.value }));
  gain.addEventListener("input", () => change({ gain: +gain.value }));
  broken.addEventListener("change", () => change(broken.checked ? { ...BROKEN, broken: true } : { ...DEFAULTS, x: state.x }));
  reset.addEventListener("click", () => change({ ...DEFAULTS }));
  draw();
  for (const key of Object.keys(DEFAULTS)) model.on(`change:${key}`, follow);
  return () => {
    clearTimeout(timer);
    for (const key of Object.keys(DEFAULTS)) model.off(`change:${key}`, follow);
  };
}

export default { render };
