// From a frame to what is seen: chart specs, headline, table, key figures, contributions and reasons.

import { STYLES, drawChart } from "./chart.js";
import { element } from "./levers.js";
import { axisUnit, fill, formatBare, formatDifference, formatHeadline, formatLever, formatNumber, formatTick, formatValue, leverWord, outcomeWord, shortOutcome, t, words } from "./words.js";

export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

function markersOf(frame) {
  return frame.markers.map((m) => ({ year: m.year, minor: m.what === "election", label: [words().markers?.[m.what] ?? m.label ?? m.what, m.of === "yours" ? `(${t("of_yours")})` : m.of === "baseline" ? `(${t("of_baseline")})` : ""].filter(Boolean).join(" ") }));
}

const inYears = (bands, from, years) => years.map((y) => bands.mean[from.indexOf(y)] ?? NaN);

/** The spec of a chart of one outcome. `extra`: {pins, ghost, guess, singles, hideYours, compact, focus, alone}. */
export function chartSpec(frame, name, view, known, size, extra = {}) {
  const o = frame.outcomes[name], { unit } = o, years = frame.years, series = [];
  const end = (bands) => bands.mean.findLast(Number.isFinite), by = (v) => (unit === "share" ? 0.01 : Math.abs(v) / 10 || undefined);
  const say = (v) => (extra.compact ? formatTick(Number(v.toPrecision(2)), unit) : formatValue(v, unit, by(v)));
  if (view === "difference") {
    series.push({ label: t("difference"), value: levels(o.headline, unit).difference, style: "yours", ...o.difference });
  } else if (extra.singles) {
    series.push({ style: "baseline", runs: extra.singles.baseline }, { style: "yours", runs: extra.singles.yours });
  } else {
    if (extra.ghost?.[name]) series.push({ label: extra.compact ? undefined : t("old_baseline"), value: "", style: "ghost", mean: extra.ghost[name].mean });
    series.push({ label: t("baseline"), value: say(o.headline.baseline), style: "baseline", ...o.baseline });
    for (const pin of extra.pins ?? []) {
      const bands = pin.frame.outcomes[name];
      if (bands) series.push({ label: pin.name, value: say(bands.headline.yours), style: pin.name, mean: inYears(bands.yours, pin.frame.years, years) });
    }
    if (!extra.hideYours) series.push({ label: t("yours"), value: say(o.headline.yours), style: "yours", ...o.yours });
    if (extra.guess?.outcome === name) series.push({ label: t("guess"), value: say(extra.guess.values.findLast(Number.isFinite)), style: "guess", mean: extra.guess.values });
  }
  const spec = {
    kind: extra.singles && view !== "difference" ? "lines" : view === "difference" ? "difference" : "fan",
    years, series, size, markers: markersOf(frame), unit: view === "difference" && unit === "share" ? t("points_axis") : axisUnit(unit), compact: extra.compact,
    tick: (v) => (view === "difference" && unit === "share" ? formatNumber(v * 100, Math.abs(v * 100 % 1) > 1e-9 ? 1 : 0) : formatTick(v, unit)),
    least: unit === "share" ? 0.01 : Math.abs(end(o.baseline)) / 100 || 1, focus: extra.focus,
    summary: summarise(frame, name, view, known, extra.hideYours), include: extra.include,
  };
  return spec;
}

/** The text of a chart for those who do not see it. */
export function summarise(frame, name, view, known, hidden = false) {
  const o = frame.outcomes[name], h = o.headline, outcome = outcomeWord(name, known);
  const values = { outcome, from: frame.years[0], to: frame.years.at(-1), first: formatValue(o.baseline.mean[0], o.unit), year: h.year, ...levels(h, o.unit) };
  return fill(t(hidden ? "summary_hidden" : view === "difference" ? "summary_difference" : "summary"), values);
}

/** The size that sets the decimals of a headline: the difference, or what is uncertain about it where that is larger. */
const sizeOf = (h) => Math.max(Math.abs(h.difference), (h.high - h.low) / 3 || 0) || undefined;

/** Levels, difference and its limits in words; where nothing differs, the levels as they are. */
export function levels(h, unit) {
  if (sizeOf(h)) return formatHeadline(h, unit, sizeOf(h));
  const none = formatBare(0, unit);
  return { baseline: formatValue(h.baseline, unit), yours: formatValue(h.yours, unit), difference: formatDifference(h.difference, unit), low: none, high: none, show: (v) => formatBare(v, unit), round: (v) => v };
}

/** The sentence above the chart, and whether the difference is clear. */
export function headline(frame, name, known, changed) {
  const o = frame.outcomes[name], h = o.headline, said = levels(h, o.unit), values = { outcome: outcomeWord(name, known), year: h.year, ...said };
  if (!changed) return t("headline_start", values);
  if (h.difference === 0 && h.low === 0 && h.high === 0) return t("headline_zero", values);
  return t(h.clear ? "headline_clear" : "headline_unclear", { ...values, baseline: said.before, difference: said.change });
}

/** How rough the workshop's scale is, for under the headline. */
export function beside(frame, name) {
  const error = frame.resolution?.[name], unit = frame.outcomes[name].unit;
  return error ? t("resolution", { size: formatDifference(error, unit, error * 10).replace("+", "\u00b1") }) : "";
}

export function fillTable(box, frame, name, known, hidden) {
  const o = frame.outcomes[name], { unit } = o;
  // One number of decimals for all columns, set by the baseline, so that rows add up within rounding.
  const by = Math.max(...o.baseline.q95.map((high, k) => high - o.baseline.q05[k]), ...o.baseline.mean.map((v) => Math.abs(v) / 20)) / 3 || undefined;
  const of = (bands, i, signed) => {
    const show = (v) => (signed && v === 0 ? "0" : formatNumber(v * (unit === "share" ? 100 : 1), decimalsOf(by, unit), signed));
    return [show(bands.mean[i]), t("range", { low: show(bands.q05[i]), high: show(bands.q95[i]) }).replace(" ", "\u00a0")]; // at most two lines
  };
  const head = (label, span, scope) => element("th", { colspan: span, scope }, label);
  const columns = hidden ? [[t("baseline"), o.baseline]] : [[t("baseline"), o.baseline], [t("yours"), o.yours], [t("difference"), o.difference]];
  const heading = unit === "share" ? "%" : axisUnit(unit);
  const table = element("table", {},
    element("caption", {}, `${outcomeWord(name, known)}${heading ? ` (${heading})` : ""}. ${t("table_note")}`),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, t("year")), ...columns.map(([label]) => head(label, 2, "colgroup")))),
    element("tbody", {}, ...frame.years.map((year, i) => element("tr", {}, element("th", { scope: "row" }, year), ...columns.flatMap(([, bands], k) => of(bands, i, k === 2).map((v) => element("td", {}, v)))))));
  box.replaceChildren(table);
}

const decimalsOf = (by, unit) => {
  const v = Math.abs(by ?? 1) * (unit === "share" ? 100 : 1);
  return v > 0 ? Math.min(3, Math.max(0, 1 - Math.floor(Math.log10(v)))) : 0;
};

/** Three outcomes as small charts; a click enlarges one. */
export function fillSmall(box, frame, names, known, enlarge, extra) {
  if (box.children.length !== names.length) {
    box.replaceChildren(...names.map(() => {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      return element("button", { type: "button" }, element("span", { class: "name" }), svg);
    }));
  }
  names.forEach((name, i) => {
    const button = box.children[i], svg = button.querySelector("svg");
    button.onclick = () => enlarge(name);
    const unit = axisUnit(frame.outcomes[name].unit);
    button.querySelector(".name").textContent = shortOutcome(name, known) + (unit ? `, ${unit}` : "");
    const room = button.clientHeight - button.querySelector(".name").offsetHeight - 12;
    const spec = { ...chartSpec(frame, name, "values", known, rem(), { ...extra, compact: true }), width: Math.max(110, button.clientWidth - 12), height: Math.max(70, room) };
    button.setAttribute("aria-label", `${t("enlarge")}: ${spec.summary}`);
    drawChart(svg, { ...spec, summary: "" });
  });
}

/** Costs, and the other outcomes at the horizon. */
export function fillFigures(box, frame, names, known, hidden) {
  const rows = names.map((name) => {
    const o = frame.outcomes[name], h = o.headline;
    const same = h.difference === 0 && h.low === 0 && h.high === 0;
    return [shortOutcome(name, known), same ? "0" : h.clear ? formatDifference(h.difference, o.unit, h.difference, "brief") : t("not_clear"), same || h.clear];
  });
  const money = (key) => {
    const c = frame.cost?.[key], v = typeof c === "object" && c ? c.yours - c.baseline : c;
    return Number.isFinite(v) ? [[t(`cost_${key}`), v === 0 ? "0" : formatDifference(Number(v.toPrecision(2)), "USD", v, "brief"), true]] : [];
  };
  const shown = hidden ? [] : [...money("donor"), ...money("state"), ...rows];
  box.replaceChildren(hidden ? element("p", {}, t("hidden_until")) : element("table", {},
    element("caption", { class: "hidden" }, t("figures_note")),
    element("tbody", {}, ...shown.map(([name, value, clear]) => element("tr", clear ? {} : { class: "unclear" }, element("th", { scope: "row" }, name), element("td", {}, value))))));
}

/**
 * Contributions as bars, largest first, with the decimals of the headline `h`.  What does not fit is added up, and the overlap
 * is what the shown numbers leave of the whole, so that the rows sum as they stand.
 */
export function contributionSpec(why, known, h, unit, width, most) {
  const label = (p) => (known.find((i) => i.key === p.key) ? leverWord(known.find((i) => i.key === p.key)) : p.label);
  const parts = [...why.parts].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)), { show, round } = levels({ ...h, difference: why.total }, unit);
  const shown = parts.length > most ? parts.slice(0, most - 1) : parts, rest = parts.slice(shown.length);
  const rows = shown.map((p) => ({ label: label(p), value: p.value }));
  if (rest.length) rows.push({ label: t("other_levers", { n: rest.length }), value: rest.reduce((sum, p) => sum + p.value, 0) });
  const left = round(why.total) - rows.reduce((sum, row) => sum + round(row.value), 0);
  if (why.parts.length > 1 || /[1-9]/.test(show(left))) rows.push({ label: t("overlap"), value: left }, { label: t("together"), value: why.total, total: true });
  return { kind: "bars", width, size: rem(), bars: rows.map((r) => ({ ...r, text: show(r.value) })), summary: `${t("made_difference")}. ${rows.map((r) => `${r.label} ${show(r.value)}`).join("; ")}` };
}

const counted = (v, share) => formatNumber(share ? v * 100 : Math.abs(v) >= 1000 ? Number(v.toPrecision(3)) : v, Math.abs(share ? v * 100 : v) < 10 && v % 1 ? 1 : 0);

/** The sentences of a why, from templates of the catalogue and the counts of the runs. */
export function reasons(why) {
  return why.sentences.map(({ template, values, text, unit }) => {
    const pattern = words().why?.[template];
    if (!pattern) return text ?? "";
    const change = values.change ?? 0, form = typeof pattern === "object" ? pattern[change < 0 ? "fewer" : change > 0 ? "more" : "same"] ?? pattern.more : pattern;
    return fill(form, Object.fromEntries(Object.entries(values).map(([k, v]) => [k, k === "year" ? String(v) : typeof v === "number" ? counted(k === "change" ? Math.abs(v) : v, unit === "share" && k !== "of") : words().levers?.[v] ?? v])));
  }).filter(Boolean);
}

/** A chart that stands alone in a picture: title, legend, what it shows, source and version. */
export function picture(frame, name, view, known, extra, state, preset, source) {
  const spec = chartSpec(frame, name, view, known, 16, extra);
  const changes = Object.entries(state.levers).map(([key, value]) => {
    const item = [...preset.levers, ...(preset.more ?? [])].find((i) => i.key === key);
    return item ? `${leverWord(item)} ${formatLever(value, item)}` : key;
  });
  const legend = view === "difference" ? t("legend_difference") : t("legend");
  const notes = [legend, changes.length ? `${t("changed_levers")}: ${changes.join("; ")}.` : t("headline_start_short"), source];
  return { ...spec, width: 960, height: 600, title: headline(frame, name, known, changes.length || Object.keys(state.assumptions).length), notes };
}

export { STYLES, drawChart };
