// Every word and number of the page: the catalogue of a language, laid over English by the server.

let chosen = "";
let catalogue = { page: {}, numbers: { decimal: ".", group: ",", minus: "\u2212" }, units: {} };

export async function loadWords(code, token) {
  const answer = await fetch(`/words.json?lang=${encodeURIComponent(code)}&token=${encodeURIComponent(token)}`);
  if (!answer.ok) throw new Error(`words ${answer.status}`);
  catalogue = await answer.json();
  return catalogue;
}

export const words = () => catalogue;

/** The preset whose words for levers come first; those of one's own countries share their words. */
export const choosePresetWords = (name) => (chosen = wordsOf(name));
const wordsOf = (name) => (name.startsWith("own_") ? "own_country" : name);

/** The word of a key of `page`, with {names} replaced. */
export function t(key, values = {}) {
  return fill(catalogue.page?.[key] ?? key, values);
}

/** "Name: value" as the language writes it. */
export const pair = (family, field) => t("pair", { family, field });

export function fill(template, values) {
  return String(template).replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** A plain number with the language's own signs. */
export function formatNumber(value, decimals = 0, signed = false) {
  if (!Number.isFinite(value)) return "\u2013";
  const { decimal, group, minus } = catalogue.numbers;
  const [whole, part] = Math.abs(value).toFixed(decimals).split(".");
  const body = whole.replace(/\B(?=(\d{3})+$)/g, whole.length > 4 || group === "," ? group : "") + (part ? decimal + part : "");
  const zero = Number(Math.abs(value).toFixed(decimals)) === 0;
  return `${zero ? "" : value < 0 ? minus : signed ? "+" : ""}${body}`;
}

/** Decimals with which a size has two significant digits, at most three. */
export function decimalsFor(size) {
  const s = Math.abs(size);
  return s > 0 ? Math.min(3, Math.max(0, 1 - Math.floor(Math.log10(s) + 1e-9))) : 0;
}

const scaleOf = (unit) => catalogue.units?.[unit]?.scale ?? (unit === "share" ? 100 : 1);
const pattern = (unit, form) => catalogue.units?.[unit]?.[form] ?? catalogue.units?.[unit]?.value ?? `{n} ${unit === "1" ? "" : unit}`.trim();

function sized(value, decimals, signed) {
  if (Math.abs(value) < 1e6) return formatNumber(value, decimals, signed);
  return fill(catalogue.numbers.million ?? "{n} million", { n: formatNumber(value / 1e6, decimalsFor(value / 1e6), signed) });
}

/** A value with its unit: "17 %", "USD 120 a month".  `by`: the size of what matters, which sets the decimals. */
export function formatValue(value, unit, by) {
  const v = value * scaleOf(unit), least = unit === "share" && !by ? (Math.abs(v) >= 10 || v === 0 ? 0 : 1) : 0;
  const decimals = by ? Math.min(decimalsFor(by * scaleOf(unit)), Math.abs(v) >= 1000 ? 0 : 3) : Math.max(least, unit === "share" ? 0 : decimalsFor(v));
  return fill(pattern(unit, "value"), { n: sized(v, decimals, false) });
}

/** A difference with its sign and unit: "+8.1 points". */
export function formatDifference(value, unit, by = value, form = "difference") {
  const v = value * scaleOf(unit);
  return inUnit(catalogue.units?.[unit]?.[form] ?? pattern(unit, "difference"), sized(v, decimalsFor(by * scaleOf(unit)), true));
}

const MOST_DECIMALS = 3, ENOUGH = 2;
/** A signed number in its unit; the sign comes first: "+USD 120". */
const inUnit = (text, n) => (text.startsWith("{n}") || !/^[+\u2212-]/.test(n) ? fill(text, { n }) : n[0] + fill(text, { n: n.slice(1) }));

/**
 * Two levels, their difference and its limits, as texts with the same number of decimals.  `by` sets the decimals.  Where the
 * levels and the difference, as rounded, would not add up, there is one less or are up to three.  Where that does not help
 * either, the changed level is shown as the other two make it, one off in its last digit.
 * `before` and `change` are for a sentence in which the unit stands once, behind the changed level, where it can.
 */
export function formatHeadline({ baseline, yours, difference, low, high }, unit, by) {
  const million = Math.max(Math.abs(baseline), Math.abs(yours)) * scaleOf(unit) >= 1e6, scale = scaleOf(unit) / (million ? 1e6 : 1);
  const least = Math.abs(yours * scale) >= 1000 ? 0 : decimalsFor(by * scale), rounded = (v, n) => Number((v * scale).toFixed(n));
  const addUp = (n) => Math.abs(rounded(baseline, n) + rounded(difference, n) - rounded(yours, n)) < 0.5 * 10 ** -n;
  const fewer = least > 0 && Math.abs(difference * scale) * 10 ** (least - 1) >= ENOUGH ? [least - 1] : [];
  const fits = [least, ...fewer, ...[...Array(MOST_DECIMALS - least).keys()].map((k) => least + 1 + k)].find(addUp), decimals = fits ?? least;
  const whole = fits === undefined ? (rounded(baseline, decimals) + rounded(difference, decimals)) / scale : yours;
  const bare = (v, signed) => (million ? fill(catalogue.numbers.million ?? "{n} million", { n: formatNumber(v * scale, decimals, signed) }) : formatNumber(v * scale, decimals, signed));
  const value = pattern(unit, "value"), changed = catalogue.units?.[unit]?.difference ?? value, once = unit !== "share" && value.startsWith("{n}");
  const texts = { baseline: fill(value, { n: bare(baseline) }), yours: fill(value, { n: bare(whole) }), difference: inUnit(changed, bare(difference, true)), low: bare(low, true), high: bare(high, true) };
  return {
    ...texts, before: once ? bare(baseline) : texts.baseline, change: once ? bare(difference, true) : texts.difference,
    show: (v) => bare(v, true), round: (v) => rounded(v, decimals) / scale,
  };
}

/** The number of a difference without its unit. */
export function formatBare(value, unit, by = value) {
  return sized(value * scaleOf(unit), decimalsFor(by * scaleOf(unit)), true);
}

/** The value of a lever as short as can be: "12 years", "1.2 million USD". */
export function formatLever(value, lever) {
  if (typeof value === "string") return choiceWord(value);
  const v = value * scaleOf(lever.unit), step = (lever.step || 1) * scaleOf(lever.unit);
  const decimals = Math.min(3, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  const whole = lever.unit === "share" && step >= 1 ? 0 : decimals;
  const shown = Math.abs(v) >= 1e6 ? `${trim(v / 1e6, 2)}\u00a0M` : trim(v, whole);
  return fill(pattern(lever.unit, v === 1 && catalogue.units?.[lever.unit]?.one ? "one" : "short"), { n: shown });
}

const trim = (v, decimals) => formatNumber(v, [...Array(decimals + 1).keys()].find((d) => Math.abs(v - Number(v.toFixed(d))) < 1e-9) ?? decimals);

/** A number on an axis. */
export function formatTick(value, unit) {
  const v = value * scaleOf(unit), decimals = [0, 1, 2, 3].find((d) => Math.abs(v - Number(v.toFixed(d))) < 1e-9) ?? 3;
  return Math.abs(v) >= 1e6 ? sized(v, 0, false) : formatNumber(v, decimals) + (unit === "share" ? "\u00a0%" : "");
}

/** What the axis counts, for the top of a chart. */
export const axisUnit = (unit) => catalogue.units?.[unit]?.axis ?? (unit === "1" || unit === "share" ? "" : unit);

export const choiceWord = (value) => catalogue.choices?.[value] ?? String(value).replaceAll("_", " ");
/** A lever's name: the preset's own word in this language, the language's word, the preset's word, or its family and dose. */
export function leverWord(lever) {
  const own = catalogue.presets?.[chosen]?.levers?.[lever.key] ?? catalogue.levers?.[lever.key];
  if (own) return own;
  if (catalogue.families?.[lever.key]) return catalogue.families[lever.key];
  const dot = lever.key.lastIndexOf("."), family = catalogue.families?.[lever.key.slice(0, dot)], field = catalogue.fields?.[lever.key.slice(dot + 1)];
  return family && field ? t("pair", { family, field }) : lever.word ?? lever.label ?? lever.key;
}
/** What a dose or parameter means; in another language only where the language says it. */
export const meaningOf = (item) => catalogue.meanings?.[item.key] ?? (catalogue.language === "en" ? item.meaning : "");
export const outcomeWord = (name, known) => catalogue.outcomes?.[name] ?? known?.[name]?.label ?? name;
export const shortOutcome = (name, known) => catalogue.short?.[name] ?? outcomeWord(name, known);
export const groupWord = (group) => catalogue.groups?.[group] ?? group;
export const parameterWord = (p) => catalogue.parameters?.[p.key.replace("parameters.", "")] ?? p.label ?? p.key;

/** A preset's own text in this language. */
export function presetWord(preset, key) {
  if (key === "title" && preset.name.startsWith("own_")) return preset.title; // it names the country
  return catalogue.presets?.[wordsOf(preset.name)]?.[key] ?? preset[key] ?? (key === "questions" || key === "watch" ? [] : "");
}
