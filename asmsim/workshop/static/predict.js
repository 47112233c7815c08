// The room's guess before the result: typed or drawn, then revealed and kept for the debrief.

import { element } from "./levers.js";
import { formatValue, outcomeWord, t } from "./words.js";

const KEPT = "asmsim-guesses";

export const keptGuesses = () => {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? [];
  } catch {
    return [];
  }
};
export const keepGuess = (guess) => localStorage.setItem(KEPT, JSON.stringify([...keptGuesses(), guess].slice(-100)));
export const forgetGuesses = () => localStorage.removeItem(KEPT);

/** The panel above the chart while the result is hidden. */
export function guessPanel(frame, name, known, guess, { type, reveal, cancel }) {
  const unit = frame.outcomes[name].unit, scale = unit === "share" ? 100 : 1, last = frame.years.at(-1);
  const input = element("input", { type: "number", id: "guess", step: "any", inputmode: "decimal" });
  const end = guess?.values.findLast(Number.isFinite);
  if (end !== undefined) input.value = Number((end * scale).toPrecision(3));
  input.addEventListener("input", () => input.value !== "" && type(Number(input.value) / scale));
  return [
    element("p", {}, t("guess_prompt", { outcome: outcomeWord(name, known), year: last, baseline: formatValue(frame.outcomes[name].headline.baseline, unit) })),
    element("div", { class: "buttons" },
      element("label", { for: "guess" }, t("guess_label", { unit: unit === "share" ? "%" : "", year: last })), input,
      element("button", { type: "button", class: "strong", id: "reveal", onclick: reveal }, t("reveal")),
      element("button", { type: "button", onclick: cancel }, t("cancel"))),
  ];
}

/** A line from the baseline's first year to a typed last value. */
export const typedGuess = (frame, name, value) => ({ outcome: name, values: frame.years.map((_, i) => (i === frame.years.length - 1 ? value : NaN)) });

/** Let a pointer draw a guess over a chart; `scales()` gives the chart's scales, `drawn(values)` hears the line. */
export function drawGuess(svg, scales, active, drawn) {
  let values = null;
  const put = (event) => {
    const s = scales(), box = svg.getBoundingClientRect();
    const px = event.clientX - box.left, py = event.clientY - box.top;
    const i = Math.round(((px - s.left) / (s.right - s.left)) * (s.years.length - 1));
    if (i < 0 || i >= s.years.length) return;
    const value = s.low + ((s.bottom - Math.min(s.bottom, Math.max(s.top, py))) / (s.bottom - s.top)) * (s.high - s.low);
    const from = values.findLastIndex((v, k) => k < i && Number.isFinite(v));
    if (from >= 0) for (let k = from + 1; k < i; k++) values[k] = values[from] + ((value - values[from]) * (k - from)) / (i - from);
    values[i] = value;
    drawn([...values]);
  };
  svg.addEventListener("pointerdown", (event) => {
    if (!active()) return;
    values = scales().years.map(() => NaN);
    svg.setPointerCapture(event.pointerId);
    put(event);
  });
  svg.addEventListener("pointermove", (event) => values && put(event));
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (values = null));
}

/** The guesses so far, for the debrief sheet. */
export function debriefTable(rows) {
  if (!rows.length) return element("p", {}, t("no_guesses"));
  return element("table", {},
    element("thead", {}, element("tr", {}, ...["debrief_question", "guess", "result", "baseline"].map((k) => element("th", { scope: "col" }, t(k))))),
    element("tbody", {}, ...rows.map((r) => element("tr", {},
      element("th", { scope: "row" }, `${r.outcome}, ${r.year}. ${r.changes.join("; ") || t("headline_start_short")}`),
      element("td", {}, r.guess ?? "\u2013"), element("td", {}, r.result), element("td", {}, r.baseline)))));
}
