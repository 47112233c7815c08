// The page: it owns the state and its history, asks the server for runs, and draws what comes back.

import { drawChart, textWidth } from "./chart.js";
import { closePanels, fillPins, helpSheet, leverDrawer, listDrawer, mapSheet, notesDrawer, readyPanels, shareSheet, storyDrawer } from "./drawers.js";
import { copyText, saveFromServer, savePicture } from "./files.js";
import { describeChanges, element, fillLevers } from "./levers.js";
import { drawGuess, guessPanel, keepGuess, typedGuess } from "./predict.js";
import { Connection } from "./socket.js";
import { History, decodeLink, encodeLink, scenarioKey, setValue, startState, worldKey } from "./state.js";
import { beside, chartSpec, contributionSpec, fillFigures, fillSmall, fillTable, headline, levels, picture, reasons, rem } from "./views.js";
import { choosePresetWords, formatValue, loadWords, outcomeWord, pair, presetWord, t, words } from "./words.js";

const $ = (id) => document.getElementById(id);
const RUNS = 200, TOKEN = "asmsim-token", LANGUAGE = "asmsim-language", LAST = "asmsim-last", FRAMES = 60;

let setup, lang = "en", current, history, connection, showLevers = () => {}, follower = () => {};
let frame = null, frameKey = "", scales = null, asking = 0, requested = false, notice = null, whyTimer = 0, replaying = null, toKeep = null, fetching = "";
const ranges = new Map(), frames = new Map(), baselines = new Map(), whys = new Map(), singles = new Map(), pins = { A: null, B: null };
const view = { kind: "values", predicting: false, guess: null, presenting: false, step: null, focus: null };

const given = new URLSearchParams(location.search).get("token");
if (given) localStorage.setItem(TOKEN, given);
const token = () => localStorage.getItem(TOKEN) ?? given ?? "";

const preset = () => setup.presets.find((p) => p.name === current.preset);
const known = () => setup.outcomes;
const hasChanges = (s) => Object.keys(s.levers).length > 0;
const tuned = (s) => Object.keys(s.assumptions).length > 0;

// ---- What the room does -------------------------------------------------------------------------------------------

function show(state, { ask = true } = {}) {
  current = state;
  showLevers(state);
  follower(state);
  $("badge").hidden = !tuned(state);
  showOutcome();
  if (ask) request();
}

function commit(state) {
  stopReplay();
  history.commit(state);
  show(state);
  remember();
}

function remember() {
  showButtons();
  const link = encodeLink(current, setup.version, lang);
  window.history.replaceState(null, "", link);
  localStorage.setItem(LAST, link);
}

function change(kind, item, value, final) {
  stopReplay();
  if (view.guess && !view.predicting) view.guess = null;
  const next = setValue(current, kind, item, item.whole ? Math.round(value) : value);
  if (final) commit(next);
  else show(next);
}

function move(step) {
  const state = history[step]();
  if (!state) return;
  stopReplay();
  show({ ...state, outcome: state.preset === current.preset ? current.outcome : state.outcome });
  if (state.preset !== $("preset").value) choosePanel();
  remember();
}

function choosePanel() {
  choosePresetWords(current.preset);
  $("preset").value = current.preset;
  showLevers = fillLevers($("levers"), preset(), change, (item) => leverDrawer(page, item));
  showLevers(current);
  const option = (name) => element("option", { value: name }, outcomeWord(name, known()));
  const others = Object.keys(known()).filter((name) => !preset().outcomes.includes(name)).sort((a, b) => outcomeWord(a, known()).localeCompare(outcomeWord(b, known()), words().language));
  $("outcome").replaceChildren(
    element("optgroup", { label: t("this_question") }, ...preset().outcomes.map(option)),
    element("optgroup", { label: t("all_outcomes") }, ...others.map(option)),
  );
  showOutcome();
  fillPins($("pins"), pins, page);
}

function choosePreset(name) {
  closePanels();
  pins.A = pins.B = null;
  view.guess = null;
  leavePrediction();
  commit(startState(setup.presets.find((p) => p.name === name)));
  choosePanel();
}

function chooseOutcome(name) {
  current = { ...current, outcome: name };
  view.guess = view.guess?.outcome === name ? view.guess : null;
  showOutcome();
  fillPins($("pins"), pins, page);
  remember();
  draw();
  drawPrediction();
  askReasons();
}

/** Show which outcome is chosen, in a box as wide as its name; the longest of all names need not fit. */
function showOutcome() {
  const box = $("outcome"), style = getComputedStyle(box);
  box.value = current.outcome;
  box.style.flexBasis = `${Math.ceil(textWidth(outcomeWord(current.outcome, known()), parseFloat(style.fontSize), 700)) + 48}px`;
}

/** Add the chosen outcome to what is on show and to the pins, where a frame came without it. */
async function fetchOutcome() {
  const name = current.outcome, shown = { frame, state: current };
  const lacking = [shown, ...Object.values(pins)].find((of) => of?.frame && !of.frame.outcomes[name]);
  if (fetching === name || !lacking) return;
  if (lacking === shown && frameKey !== scenarioKey(current)) return; // its own frame is on its way
  if (!lacking.frame.final) return void request(); // its next frames have it
  fetching = name;
  $("headline").setAttribute("aria-busy", "true");
  try {
    const answer = await connection.ask("outcome", { state: lacking.state, outcome: name });
    lacking.frame.outcomes[name] = answer.summary;
  } catch (error) {
    banner({ text: error.message === "closed" ? t("not_reached") : error.message, label: t("close") });
    return;
  } finally {
    fetching = "";
  }
  draw();
  drawPrediction();
  fillPins($("pins"), pins, page);
  askReasons();
}

const page = {
  state: () => current, preset, known, change,
  ask: (type, fields) => connection.ask(type, fields),
  follow: (callback) => (follower = callback),
  reset: (kind) => commit({ ...current, [kind]: {} }),
  pin(name) {
    if (!frame) return;
    pins[name] = { name, state: current, frame };
    fillPins($("pins"), pins, page);
    draw();
    $("pins").querySelector(`.pin-${name} button`).focus();
  },
  load(name) { commit({ ...pins[name].state, outcome: current.outcome }); },
  unpin(name) {
    pins[name] = null;
    fillPins($("pins"), pins, page);
    draw();
    $("pins").querySelector(`.pin-${name} button`).focus();
  },
};

/** Show the state before the last change, then the change again. */
function replay() {
  const before = history.before(), after = history.present;
  if (!before || before.preset !== after.preset) return;
  stopReplay();
  const mine = (replaying = {});
  show({ ...before, outcome: current.outcome });
  label(t("replay_before"));
  const began = performance.now();
  const wait = () => {
    if (replaying !== mine) return;
    if (frameKey !== scenarioKey(before) && performance.now() - began < 5000) return void setTimeout(wait, 50);
    setTimeout(() => {
      if (replaying !== mine) return;
      const from = frame;
      show({ ...after, outcome: current.outcome });
      label(t("replay_after"));
      blend(from, mine);
    }, 1200);
  };
  wait();
}

function stopReplay() {
  if (!replaying) return;
  replaying = null;
  label("");
  if (scenarioKey(current) !== scenarioKey(history.present)) current = { ...history.present, outcome: current.outcome };
}

const label = (text) => {
  $("steps").hidden = !text;
  $("steps").textContent = text;
};

/** Move the curves from one frame to the present one. */
function blend(from, mine) {
  const until = performance.now() + 700;
  const step = () => {
    if (replaying !== mine) return;
    const left = (until - performance.now()) / 700;
    if (left <= 0 || matchMedia("(prefers-reduced-motion: reduce)").matches || frame.years.length !== from.years.length) {
      draw();
      setTimeout(() => replaying === mine && stopReplay(), 1500);
      return;
    }
    const mixed = structuredClone(frame);
    for (const [name, o] of Object.entries(mixed.outcomes)) if (from.outcomes[name]) for (const q of Object.keys(o.yours)) o.yours[q] = o.yours[q].map((v, i) => v + (from.outcomes[name].yours[q][i] - v) * left);
    drawMain(mixed);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

// ---- Runs ---------------------------------------------------------------------------------------------------------

function request() {
  const key = scenarioKey(current), kept = frames.get(key);
  if (kept) {
    connection.forget();
    accept(kept, key);
    return;
  }
  $("headline").setAttribute("aria-busy", "true");
  $("reasons").classList.add("stale");
  if (requested) return;
  requested = true;
  requestAnimationFrame(() => {
    requested = false;
    if (frames.has(scenarioKey(current))) return void request();
    connection.run(current, RUNS);
  });
}

/** The baseline never moves with a lever: of each world the estimate with most runs stays. */
function steady(message, world) {
  const best = baselines.get(world);
  if (best && best.runs > message.runs) for (const [name, bands] of Object.entries(best.bands)) if (message.outcomes[name]) message.outcomes[name].baseline = bands;
  if (!best || best.runs <= message.runs) baselines.set(world, { runs: message.runs, bands: { ...best?.bands, ...Object.fromEntries(Object.entries(message.outcomes).map(([n, o]) => [n, o.baseline])) } });
  return message;
}

function accept(message, key) {
  frame = message;
  frameKey = key;
  document.body.classList.remove("loading");
  if (message.final) {
    frames.delete(key);
    frames.set(key, message);
    if (frames.size > FRAMES) frames.delete(frames.keys().next().value);
    if (toKeep && key === scenarioKey(current)) {
      toKeep();
      toKeep = null;
    }
  }
  draw();
  if (message.final) askReasons();
}

function askReasons() {
  clearTimeout(whyTimer);
  const key = `${scenarioKey(current)}|${current.outcome}`, mine = ++asking;
  if (!frame?.final || frameKey !== scenarioKey(current) || !hasChanges(current)) return drawReasons();
  if (whys.has(key)) return drawReasons();
  $("reasons").classList.add("stale");
  whyTimer = setTimeout(() => connection.ask("why", { state: current, outcome: current.outcome }).then((answer) => {
    whys.set(key, answer);
    if (whys.size > FRAMES) whys.delete(whys.keys().next().value);
    if (mine === asking) drawReasons();
  }, () => {}), 120);
}

// ---- Drawing ------------------------------------------------------------------------------------------------------

function extras() {
  const old = tuned(current) ? baselines.get(worldKey({ ...current, assumptions: {} }))?.bands : null;
  return { pins: Object.values(pins).filter(Boolean), ghost: old, guess: view.guess, hideYours: view.predicting, singles: view.kind === "singles" ? singles.get(`${frameKey}|${current.outcome}`) : null, focus: view.focus };
}

function shownFrame() {
  return view.presenting && view.step ? pins[view.step].frame : frame;
}

function draw() {
  if (!frame) return;
  if (Object.values(pins).some((pin) => pin && !pin.frame.outcomes[current.outcome])) fetchOutcome();
  if (!shownFrame().outcomes[current.outcome]) return void fetchOutcome();
  const seen = shownFrame(), state = view.presenting && view.step ? pins[view.step].state : current, name = current.outcome;
  $("headline").setAttribute("aria-busy", String(!frame.final || frameKey !== scenarioKey(current)));
  const [first, second] = $("headline").children;
  const text = headline(seen, name, known(), hasChanges(state));
  if (first.textContent !== text) first.textContent = text;
  second.querySelector("span").textContent = beside(seen, name);
  const count = seen.notes?.length ?? 0;
  $("notes").hidden = !count;
  if (count) $("notes").textContent = t("notes");
  $("headline").classList.toggle("unclear", hasChanges(state) && !seen.outcomes[name].headline.clear);
  $("headline").hidden = view.predicting;
  $("legend").textContent = readout(seen, name);
  drawMain(seen);
  if (!view.presenting) {
    fillSmall($("small-charts"), seen, preset().outcomes.filter((n) => n !== name && seen.outcomes[n]).slice(0, 3), known(), chooseOutcome, { hideYours: view.predicting, ghost: extras().ghost });
    const others = preset().outcomes.filter((n) => n !== name && seen.outcomes[n]);
    fillFigures($("figures"), seen, others, known(), view.predicting);
  }
  fitReasons();
  drawStatus();
}

function drawMain(seen) {
  const name = current.outcome, box = $("main-chart"), table = view.kind === "table";
  $("table").hidden = !table;
  box.querySelector("svg").toggleAttribute("hidden", table);
  if (table) {
    if ($("table").dataset.of !== `${frameKey}|${name}|${seen.runs}|${lang}|${view.predicting}`) fillTable($("table"), seen, name, known(), view.predicting);
    $("table").dataset.of = `${frameKey}|${name}|${seen.runs}|${lang}|${view.predicting}`;
    return;
  }
  if (view.kind === "singles" && seen === frame) askSingles();
  const spec = chartSpec(seen, name, view.predicting ? "values" : view.kind, known(), rem(), extras());
  // An axis that has grown does not shrink while the room plays, so that the baseline stays where it is.
  const range = `${worldKey(current)}|${name}|${spec.kind === "lines" ? "fan" : spec.kind}`;
  spec.include = ranges.get(range);
  scales = drawChart(box.querySelector("svg"), { ...spec, width: Math.floor(box.clientWidth), height: Math.floor(box.clientHeight) }).scales;
  ranges.set(range, [scales.low, scales.high]);
}

/** The legend, or the values of the year under the pointer. */
function readout(seen, name) {
  const i = view.focus, o = seen.outcomes[name];
  if (i === null || view.kind === "table" || view.predicting) return view.kind === "singles" ? t("legend_singles") : t(view.kind === "difference" ? "legend_difference" : "legend");
  return t("readout", { year: seen.years[i], ...levels(Object.fromEntries(["baseline", "yours", "difference"].map((world) => [world, o[world].mean[i]])), o.unit) });
}

function drawReasons() {
  $("reasons").classList.remove("stale");
  const why = whys.get(`${scenarioKey(current)}|${current.outcome}`), box = $("contributions");
  if (view.predicting || !hasChanges(current)) {
    const text = t(view.predicting ? "hidden_until" : "move_a_lever");
    box.replaceChildren(element("p", {}, text));
    $("why-title").textContent = t("questions");
    $("why").replaceChildren(...presetWord(preset(), "questions").map((question) => element("p", {}, question)));
    return fitReasons();
  }
  if (!why || !frame?.outcomes[current.outcome]) return;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  $("why-title").textContent = t("why");
  box.replaceChildren(svg);
  const most = innerHeight < 800 && innerWidth >= 1000 ? 3 : 8;
  const { headline: said, unit } = frame.outcomes[current.outcome];
  drawChart(svg, contributionSpec(why, [...preset().levers, ...(preset().more ?? [])], said, unit, box.clientWidth, most));
  $("why").replaceChildren(...reasons(why).slice(0, 2).map((text) => element("p", {}, text)));
  fitReasons();
}

/** Leave out what is least needed at the right where it would not fit: further figures, then the second reason. */
function fitReasons() {
  const box = $("reasons"), rows = [...$("figures").querySelectorAll("tr")], texts = [...$("why").children];
  for (const node of [...rows, ...texts]) node.hidden = false;
  if (getComputedStyle(box).overflowY !== "auto") return;
  const spare = [...rows.slice(3).reverse(), ...texts.slice(1), ...rows.slice(2, 3)];
  while (spare.length && box.scrollHeight > box.clientHeight) spare.shift().hidden = true;
}

function drawStatus() {
  const p = preset();
  const fitted = p.posterior ? t("fitted", { context: words().posteriors?.[p.posterior.name] ?? p.posterior.name, n: p.posterior.draws }) : t("not_fitted");
  $("status").textContent = [t("runs", { runs: frame.runs, of: frame.of }), t("same_seeds"), t("model", { version: setup.version }), fitted, t("offline")].join(" \u00b7 ");
}

function showButtons() {
  $("undo").disabled = !history.past.length;
  $("redo").disabled = !history.future.length;
  $("replay").disabled = !history.past.length;
  $("reset-policies").disabled = !hasChanges(current);
}

/** A message across the top: {text, action, label, kind}; null takes it away. */
function banner(message, kind = "notice") {
  if (!message && notice && notice !== kind && kind !== "all") return;
  notice = message ? kind : null;
  $("banner").hidden = !message;
  $("banner").className = kind;
  $("banner").querySelector("p").textContent = message?.text ?? "";
  const button = $("banner").querySelector("button");
  button.hidden = !message?.label;
  button.textContent = message?.label ?? "";
  button.onclick = () => {
    banner(null, "all");
    message?.action?.();
  };
  if (frame) draw();
}

// ---- Predict and present ------------------------------------------------------------------------------------------

function predict() {
  if (view.predicting) return leavePrediction();
  Object.assign(view, { predicting: true, guess: null, kind: view.kind === "table" ? "table" : "values" });
  showModes();
  drawPrediction();
  $("guess").focus();
}

function drawPrediction() {
  $("guessing").hidden = !view.predicting;
  if (!view.predicting) return $("guessing").replaceChildren();
  if (!frame?.outcomes[current.outcome]) return;
  const name = current.outcome;
  $("guessing").replaceChildren(...guessPanel(frame, name, known(), view.guess, {
    type(value) {
      view.guess = typedGuess(frame, name, value);
      draw();
    },
    reveal,
    cancel: leavePrediction,
  }));
}

function reveal() {
  const name = current.outcome, guess = view.guess?.values.findLast(Number.isFinite), changes = describeChanges(current, preset());
  const keep = () => {
    const o = frame.outcomes[name], h = o.headline, said = levels(h, o.unit);
    keepGuess({ outcome: outcomeWord(name, known()), year: h.year, changes, guess: guess === undefined ? null : formatValue(guess, o.unit), result: said.yours, baseline: said.baseline });
  };
  if (frame.final) keep();
  else toKeep = keep;
  view.predicting = false;
  showModes();
  drawPrediction();
  draw();
  drawReasons();
  $("predict").focus();
}

function leavePrediction() {
  if (!view.predicting) return;
  Object.assign(view, { predicting: false, guess: null });
  showModes();
  drawPrediction();
  draw();
  drawReasons();
}

function present(on = !view.presenting) {
  closePanels();
  Object.assign(view, { presenting: on, step: null });
  document.documentElement.classList.toggle("present", on);
  showModes();
  label(on ? stepText() : "");
  if (on) $("present").focus();
  draw();
}

const stepText = () => {
  const state = view.step ? pins[view.step].state : current;
  return `${pair(view.step ?? t("yours"), describeChanges(state, preset()).join("; ") || t("headline_start_short"))}  (${t("present_keys")})`;
};

function step(by) {
  const stops = [...["A", "B"].filter((n) => pins[n]), null], at = stops.indexOf(view.step);
  view.step = stops[(at + by + stops.length) % stops.length];
  label(stepText());
  draw();
}

function showModes() {
  $("predict").setAttribute("aria-pressed", String(view.predicting));
  $("present").setAttribute("aria-pressed", String(view.presenting));
  $("present").textContent = t(view.presenting ? "leave_present" : "present");
  for (const radio of document.querySelectorAll("[name=view]")) {
    radio.checked = radio.value === view.kind;
    if (["difference", "singles"].includes(radio.value)) radio.disabled = view.predicting;
  }
  for (const id of ["png", "csv", "map", "report"]) $(id).disabled = view.predicting;
}

/** Ask for the single runs of what is shown, unless they are there or on their way. */
async function askSingles() {
  const key = `${frameKey}|${current.outcome}`;
  if (singles.has(key) || !frame.final || frameKey !== scenarioKey(current)) return;
  singles.set(key, null);
  try {
    const answer = await connection.ask("singles", { state: current, outcome: current.outcome });
    singles.set(key, answer);
    if (singles.size > 20) singles.delete(singles.keys().next().value);
    draw();
  } catch (error) {
    singles.delete(key);
    banner({ text: error.message === "closed" ? t("not_reached") : error.message, label: t("close") });
  }
}

// ---- Words and wiring ---------------------------------------------------------------------------------------------

async function speak(code) {
  await loadWords(code, token());
  lang = code;
  localStorage.setItem(LANGUAGE, code);
  document.documentElement.lang = code;
  document.title = `asmsim: ${t("title")}`;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of document.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
    if (node.tagName === "BUTTON") node.title = t(node.dataset.label);
  }
  const { languages = [] } = words();
  $("language").replaceChildren(...languages.map((l) => element("option", { value: l.code, lang: l.code }, l.name)));
  $("language").value = code;
  $("draft").hidden = !words().draft;
  if (!current) return;
  $("preset").replaceChildren(...setup.presets.map((p) => element("option", { value: p.name }, presetWord(p, "title"))));
  $("small-charts").replaceChildren();
  choosePanel();
  showModes();
  drawPrediction();
  draw();
  drawReasons();
  showButtons();
}

function openLink(hash) {
  try {
    const { state, version, lang: spoken } = decodeLink(hash, setup.presets, setup.outcomes);
    if (version && version !== setup.version) banner({ text: t("other_version", { theirs: version, ours: setup.version }), label: t("close") });
    return { state, lang: spoken };
  } catch {
    banner({ text: t("bad_link"), label: t("close") });
    return null;
  }
}

function listen() {
  readyPanels();
  $("undo").onclick = () => move("undo");
  $("redo").onclick = () => move("redo");
  $("replay").onclick = replay;
  $("predict").onclick = predict;
  $("present").onclick = () => present();
  $("help").onclick = () => helpSheet(page);
  $("notes").onclick = () => notesDrawer(shownFrame().notes, preset());
  $("story").onclick = () => storyDrawer(page);
  $("more").onclick = () => listDrawer(page, "levers");
  $("assumptions").onclick = () => listDrawer(page, "assumptions");
  $("reset-policies").onclick = () => page.reset("levers");
  $("map").onclick = () => mapSheet(page);
  $("preset").onchange = () => choosePreset($("preset").value);
  $("outcome").onchange = () => chooseOutcome($("outcome").value);
  $("language").onchange = () => speak($("language").value).then(remember, () => banner({ text: t("not_reached"), label: t("close") }));
  $("share").onclick = async () => {
    const link = location.href.replace(/#.*$/, "") + encodeLink(current, setup.version, lang);
    shareSheet(link, await copyText(link));
  };
  const file = (kind) => `asmsim_${current.preset}_${current.outcome}.${kind}`;
  const fetchFile = (path, name) => saveFromServer(path, current, lang, token(), name).catch((error) => banner({ text: `${t("no_file")} ${error.message}`, label: t("close") }));
  $("csv").onclick = () => fetchFile("/table.csv", file("csv"));
  $("report").onclick = () => fetchFile("/report.html", `asmsim_${current.preset}.html`);
  $("png").onclick = () => frame && savePicture(picture(shownFrame(), current.outcome, view.kind === "difference" ? "difference" : "values", known(), { ...extras(), focus: null }, current, preset(), `${t("source")} asmsim ${setup.version}. ${$("status").textContent}`), file("png"));
  for (const radio of document.querySelectorAll("[name=view]")) {
    radio.onchange = () => {
      view.kind = radio.value;
      draw();
    };
  }
  const svg = $("main-chart").querySelector("svg");
  svg.addEventListener("pointermove", (event) => {
    if (!scales || view.predicting) return;
    const i = Math.round(((event.clientX - svg.getBoundingClientRect().left - scales.left) / (scales.right - scales.left)) * (scales.years.length - 1));
    view.focus = i >= 0 && i < scales.years.length ? i : null;
    drawMain(shownFrame());
    $("legend").textContent = readout(shownFrame(), current.outcome);
  });
  svg.addEventListener("pointerleave", () => {
    view.focus = null;
    draw();
  });
  drawGuess(svg, () => scales, () => view.predicting, (values) => {
    view.guess = { outcome: current.outcome, values };
    const input = $("guess"), end = values.findLast(Number.isFinite);
    input.value = Number((end * (frame.outcomes[current.outcome].unit === "share" ? 100 : 1)).toPrecision(3));
    drawMain(frame);
  });
  $("drawer").addEventListener("left", () => (follower = () => {}));
  document.addEventListener("keydown", (event) => {
    if (view.presenting && event.key === "Escape") return present(false);
    const typing = event.target.closest("input, select, textarea");
    if (view.presenting && !typing && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      event.preventDefault();
      step(event.key === "ArrowRight" ? 1 : -1);
    }
    if ((event.ctrlKey || event.metaKey) && !event.target.closest("input:not([type=range]):not([type=radio]), textarea") && ["z", "y"].includes(event.key.toLowerCase())) {
      event.preventDefault();
      move(event.key.toLowerCase() === "y" || event.shiftKey ? "redo" : "undo");
    }
  });
  new ResizeObserver(() => requestAnimationFrame(() => {
    draw();
    drawReasons();
  })).observe($("main-chart"));
  addEventListener("hashchange", () => {
    const opened = openLink(location.hash);
    if (!opened) return;
    const moved = opened.state.preset !== current.preset;
    commit(opened.state);
    if (moved) choosePanel();
  });
  addEventListener("storage", (event) => event.key === TOKEN && connection.socket.readyState === WebSocket.CLOSED && connection.open());
}

async function start() {
  const wanted = localStorage.getItem(LANGUAGE) ?? navigator.language.slice(0, 2);
  await speak("en");
  const answer = await fetch(`/presets.json?lang=en&token=${encodeURIComponent(token())}`);
  if (!answer.ok) throw new Error(`presets ${answer.status}`);
  setup = await answer.json();
  const named = setup.presets.find((p) => p.name === (new URLSearchParams(location.search).get("preset") ?? setup.start)) ?? setup.presets[0];
  const opened = location.hash.length > 1 ? openLink(location.hash) : null, last = localStorage.getItem(LAST);
  current = opened?.state ?? startState(named);
  history = new History(current);
  const spoken = [opened?.lang, wanted].find((code) => words().languages?.some((l) => l.code === code)) ?? "en";
  connection = new Connection(token, {
    frame: (message, state) => accept(steady(message, worldKey(state)), scenarioKey(state)),
    error(message) {
      banner({ text: message.text, label: t("close") });
      const before = history.undo();
      if (before) {
        history.future.pop();
        show(before);
      }
    },
    up: () => banner(null, "gone"),
    down: () => banner({ text: t("server_gone") }, "gone"),
  });
  listen();
  await speak(spoken);
  if (!opened && !location.hash && last && last !== encodeLink(current, setup.version, lang)) {
    banner({ text: t("continue_text"), label: t("continue"), action: () => (location.hash = last) });
  }
  show(current);
  remember();
  drawReasons();
}

start().catch((error) => {
  document.body.classList.remove("loading");
  document.body.classList.add("failed");
  banner({ text: words().page.cannot_start ?? "This page cannot start: open the address that asmsim workshop printed." });
  console.warn(error.message);
});

