// The levers: a word, a number, a unit and a mark at the baseline; and what surrounds them.

import { formatLever, groupWord, leverWord, pair, parameterWord, t } from "./words.js";
import { valueOf } from "./state.js";

const GROUPS = ["legalisation", "governance", "rights", "knowledge", "market", "donor", "enforcement"];
/** The law belongs to governance, inspections stand apart: five ingredients and the stick. */
const INGREDIENT = { legalisation: "governance" };

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

/** How a value stands to the baseline's, in a word. */
export function comparison(value, item) {
  if (item.choices) return value === item.value ? t("as_baseline") : t("changed");
  if (Math.abs(value - item.value) < 1e-12) return t("as_baseline");
  if (value === 0) return t("none");
  const share = Math.abs(value - item.value) / (item.high - item.low || 1);
  return t(value > item.value ? (share > 0.4 ? "much_more" : "more") : share > 0.4 ? "much_less" : "less");
}

const place = (value, item) => Math.min(1, Math.max(0, (value - item.low) / (item.high - item.low || 1)));
let numbered = 0;

/** One lever or assumption; `change(value, final)` hears it, `about()` opens its drawer. */
export function makeLever(item, name, change, about) {
  const id = `lever-${numbered++}`, box = element("div", { class: "lever", "data-key": item.key });
  const label = element("label", { for: id, class: "name" }, name), output = element("output", { for: id });
  const state = element("span", { class: "word" });
  let control;
  if (item.choices) {
    control = element("select", { id }, ...item.choices.map((c) => element("option", { value: c }, formatLever(c, item))));
    control.addEventListener("change", () => change(control.value, true));
  } else {
    control = element("input", { id, type: "range", min: item.low, max: item.high, step: "any" });
    // The baseline's own value need not lie on a step: "any", and steps of our own.
    const snap = (raw) => {
      const near = Math.abs(raw - item.value) < (item.high - item.low) * 0.008 ? item.value : item.low + Math.round((raw - item.low) / item.step) * item.step;
      return Number(Math.min(item.high, Math.max(item.low, near)).toPrecision(12));
    };
    const set = (value, final) => { control.value = value; change(value, final); };
    control.addEventListener("input", () => change(snap(Number(control.value)), false));
    control.addEventListener("change", () => set(snap(Number(control.value)), true));
    control.addEventListener("keydown", (event) => {
      const now = snap(Number(control.value)), large = Math.max(item.step, Math.round((item.high - item.low) / 10 / item.step) * item.step);
      const by = { ArrowRight: item.step, ArrowUp: item.step, ArrowLeft: -item.step, ArrowDown: -item.step, PageUp: large, PageDown: -large }[event.key];
      const to = event.key === "Home" ? item.low : event.key === "End" ? item.high : by === undefined ? null : step(now, by);
      if (to === null || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      set(to, true);
    });
    /** The next step up or down; the baseline's value is a stop on the way. */
    const step = (now, by) => {
      const k = (now - item.low) / item.step, on = by > 0 ? Math.floor(k + 1e-9) : Math.ceil(k - 1e-9);
      let to = Math.min(item.high, Math.max(item.low, Number((item.low + (on + by / item.step) * item.step).toPrecision(12))));
      if ((now - item.value) * (to - item.value) < -1e-12) to = item.value;
      return to;
    };
  }
  const reset = element("button", { type: "button", class: "icon reset", title: t("reset"), "aria-label": `${t("reset")}: ${name}`, onclick: () => change(item.value, true) }, "\u21ba");
  const info = about && element("button", { type: "button", class: "icon info", "aria-label": `${t("about")}: ${name}`, onclick: about }, "i");
  const mark = element("span", { class: "mark", "aria-hidden": "true" });
  const slot = element("span", { class: item.choices ? "slot choice" : "slot" }, control, item.choices ? null : mark);
  box.append(element("div", { class: "line" }, label, output), slot, ...(item.choices ? [] : [state]), reset, info ?? "");
  if (!item.choices) mark.style.setProperty("--at", place(item.value, item));
  const show = (value) => {
    if (document.activeElement !== control || Number(control.value) !== value) control.value = value;
    const text = formatLever(value, item), word = comparison(value, item);
    output.textContent = item.choices ? "" : text;
    state.textContent = word;
    const changed = value !== item.value;
    box.classList.toggle("changed", changed);
    reset.classList.toggle("idle", !changed);
    reset.disabled = !changed;
    if (!item.choices) {
      control.style.setProperty("--at", place(value, item));
      control.setAttribute("aria-valuetext", `${text}, ${word}${changed ? ` (${t("baseline")}: ${formatLever(item.value, item)})` : ""}`);
    }
  };
  return { box, show, item };
}

/** Fill the panel with a preset's main levers under their ingredients; returns `show(state)`. */
export function fillLevers(panel, preset, change, about) {
  const made = [], groups = new Map();
  for (const item of preset.levers) {
    const group = INGREDIENT[item.group] ?? item.group;
    if (!groups.has(group)) groups.set(group, []);
    const lever = makeLever(item, leverWord(item), (value, final) => change("levers", item, value, final), () => about(item));
    groups.get(group).push(lever);
    made.push(lever);
  }
  panel.replaceChildren(...GROUPS.filter((g) => groups.has(g)).map((group) => element(
    "section", { "aria-label": groupWord(group), class: "group" }, element("h3", {}, groupWord(group)), ...groups.get(group).map((l) => l.box),
  )));
  for (const section of panel.children) section.style.flexGrow = section.children.length;
  return (state) => made.forEach((l) => l.show(valueOf(state, "levers", l.item)));
}

/** The changed levers and assumptions of a state, in words. */
export function describeChanges(state, preset) {
  const text = (kind, items, name) => Object.entries(state[kind]).map(([key, value]) => {
    const item = items.find((i) => i.key === key);
    return item ? pair(name(item), formatLever(value, item)) : key;
  });
  return [...text("levers", [...preset.levers, ...(preset.more ?? [])], leverWord), ...text("assumptions", preset.assumptions ?? [], parameterWord)];
}
