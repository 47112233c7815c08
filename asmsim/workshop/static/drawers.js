// Everything one click down: a lever's drawer, all levers, assumptions, story, help, share, debrief, map.

import { describeChanges, element, makeLever } from "./levers.js";
import { debriefTable, forgetGuesses, keptGuesses } from "./predict.js";
import { fill, formatDifference, formatLever, formatNumber, formatValue, leverWord, meaningOf, outcomeWord, pair, parameterWord, presetWord, t, words } from "./words.js";
import { valueOf } from "./state.js";
import { levels } from "./views.js";

let opener = null;

/** Open `drawer` (beside the chart) or `sheet` (over it) with a title and content; returns its body. */
export function openPanel(id, title, ...content) {
  const dialog = document.getElementById(id), fresh = !dialog.open;
  if (fresh) opener = document.activeElement;
  dialog.querySelector("h2").textContent = title;
  const body = dialog.querySelector(".body");
  body.replaceChildren(...content.filter(Boolean));
  body.scrollTop = 0;
  if (fresh) id === "drawer" ? dialog.show() : dialog.showModal();
  dialog.querySelector("h2").focus();
  return body;
}

export function closePanels() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

export function readyPanels() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.querySelector(".close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && dialog.open) {
        event.preventDefault();
        event.stopPropagation();
        dialog.close();
      }
    });
    dialog.addEventListener("close", () => {
      dialog.dispatchEvent(new CustomEvent("left"));
      if (opener?.isConnected) opener.focus();
      else document.getElementById("undo").focus();
    });
  }
}

const paragraph = (text, kind) => (text ? element("p", kind ? { class: kind } : {}, text) : null);
const list = (items, lang) => (items?.length ? element("ul", { lang }, ...items.map((i) => element("li", {}, i))) : null);
const section = (title, ...content) => (content.some(Boolean) ? element("section", {}, element("h3", {}, title), ...content.filter(Boolean)) : null);

/** What one lever does, on what evidence, at what cost, for whom, and how it fails; with its exact number and detail. */
export function leverDrawer(page, item) {
  const state = page.state(), preset = page.preset();
  const family = item.key.split(".").slice(0, -1).join(".") || item.key;
  const detail = (preset.more ?? []).filter((m) => m.key.startsWith(`${family}.`) && m.key !== item.key);
  const number = item.choices ? null : element("label", { class: "exact" }, `${t("exact_value")} `, exactInput(item, state, (v) => page.change("levers", item, v, true)));
  const shown = [], levers = detail.map((d) => {
    const lever = makeLever(d, leverWord(d), (v, final) => page.change("levers", d, v, final));
    lever.show(valueOf(state, "levers", d));
    shown.push(lever);
    return lever.box;
  });
  const told = element("div", { "aria-live": "polite" }, element("p", {}, t("loading")));
  openPanel("drawer", leverWord(item), paragraph(pair(t("baseline"), formatLever(item.value, item))), number, told, levers.length ? section(t("detail"), ...levers) : null);
  page.follow((s) => shown.forEach((l) => l.show(valueOf(s, "levers", l.item))));
  page.ask("drawer", { key: item.key, preset: state.preset, state }).then((d) => told.replaceChildren(...[
    words().what?.[family] || words().language === "en" ? null : paragraph(t("english_only"), "meaning"),
    section(t("what_it_does"), paragraph(words().what?.[family] ?? d.what), paragraph(meaningOf(item))),
    ...effects(d.effects, preset.levers.some((l) => l.key === item.key), page.known()),
    section(t("cost"), ...costs(d.cost)), section(t("how_it_fails"), paragraph(words().fails?.[family] ?? d.fails)),
    section(t("evidence"), d.evidence?.length && words().language !== "en" ? paragraph(t("evidence_note"), "meaning") : null, list(d.evidence?.map((e) => e.text), "en")),
  ].filter(Boolean)), () => told.replaceChildren(element("p", {}, t("not_reached"))));
}

/** Which outcomes become clearly better, and which worse, from one end of a lever to the other. */
function effects(found, has, known) {
  if (!found) return [];
  const rows = (of) => of.map((e) => pair(outcomeWord(e.outcome, known), formatDifference(e.change, e.unit))), { better, worse } = found;
  if (!better.length && !worse.length) return [section(t("who_wins"), paragraph(t(has ? "no_clear_effects" : "own_range")))];
  return [[better, "who_wins"], [worse, "who_loses"]].map(([of, title]) => section(t(title), paragraph(of.length ? t("ends_note") : t("no_clear_effects"), "meaning"), list(rows(of))));
}

/** Who pays, and what things cost. */
function costs(cost) {
  if (!cost) return [];
  const price = (p) => pair(words().fields?.[p.key.split(".").at(-1)] ?? p.label, formatValue(p.value, p.unit));
  return [paragraph(t("paid_by", { payer: words().payers[cost.payer] })), list(cost.prices.map(price))];
}

function exactInput(item, state, change) {
  const scale = item.unit === "share" ? 100 : 1;
  const input = element("input", { type: "number", min: item.low * scale, max: item.high * scale, step: "any" });
  input.value = Number((valueOf(state, "levers", item) * scale).toPrecision(10));
  input.addEventListener("change", () => {
    const v = Number(input.value) / scale;
    if (input.value !== "" && v >= item.low && v <= item.high) change(item.whole ? Math.round(v) : v);
    else input.value = Number((valueOf(state, "levers", item) * scale).toPrecision(10));
  });
  return input;
}

/** All levers of policy, or the assumptions about the world, by group. */
export function listDrawer(page, kind) {
  const preset = page.preset(), items = kind === "levers" ? [...preset.levers, ...(preset.more ?? [])] : preset.assumptions ?? [];
  const name = kind === "levers" ? leverWord : parameterWord;
  const search = element("input", { type: "search", id: "search-levers" }), groups = new Map(), made = [];
  for (const item of items) {
    const lever = makeLever(item, name(item), (v, final) => page.change(kind, item, v, final), kind === "levers" ? () => leverDrawer(page, item) : null);
    if (meaningOf(item)) lever.box.append(element("p", { class: "meaning" }, meaningOf(item)));
    lever.show(valueOf(page.state(), kind, item));
    made.push(lever);
    const group = item.group ?? "";
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(lever.box);
  }
  const reset = element("button", { type: "button", class: "strong", onclick: () => page.reset(kind) }, t(kind === "levers" ? "reset_policies" : "reset_assumptions"));
  openPanel("drawer", t(kind === "levers" ? "all_levers" : "assumptions"), paragraph(t(kind === "levers" ? "all_levers_note" : "assumptions_note")), reset,
    element("label", { class: "exact", for: "search-levers" }, `${t("search")} `), search,
    ...[...groups].map(([group, boxes]) => section(words().groups?.[group] ?? t("assumptions"), ...boxes)));
  search.addEventListener("input", () => made.forEach((l) => (l.box.hidden = !l.box.textContent.toLowerCase().includes(search.value.toLowerCase()))));
  page.follow((s) => made.forEach((l) => l.show(valueOf(s, kind, l.item))));
}

export function storyDrawer(page) {
  const preset = page.preset();
  openPanel("drawer", presetWord(preset, "title"), paragraph(presetWord(preset, "story")),
    section(t("questions"), list(presetWord(preset, "questions"))), section(t("watch"), list(presetWord(preset, "watch"))));
}

/** What has no effect in this scenario. */
export function notesDrawer(notes, preset) {
  const items = [...preset.levers, ...(preset.more ?? [])], show = (v, item) => (item ? formatLever(v, item) : formatNumber(v, v % 1 ? 2 : 0));
  openPanel("drawer", t("notes"), list(notes.map(({ template, levers, months, has, value, enough }) => {
    const known = (lever) => items.find((i) => i.key === lever.key), item = known(levers[0]);
    const lever = levers.map((l) => leverWord(known(l) ?? l)).join(", ");
    return fill(words().notes[template], { lever, months, has, value: show(value, item), enough: show(enough, item) });
  })));
}

export function helpSheet(page) {
  const { help_steps: steps = [], help_keys: keys = [], help_limits: limits = [] } = words();
  openPanel("sheet", t("help_title"), element("ol", {}, ...steps.map((s) => element("li", {}, s))), section(t("help_keys_title"), list(keys)), section(t("help_limits_title"), list(limits)),
    element("button", { type: "button", onclick: () => debriefSheet(page) }, t("debrief")));
}

export function shareSheet(link, copied) {
  const field = element("textarea", { id: "link", readonly: true, rows: 4 });
  field.value = link;
  openPanel("sheet", t("share"), paragraph(t(copied ? "link_copied" : "link_copy")), element("label", { for: "link", class: "exact" }, t("link")), field, paragraph(t("share_note")));
  field.select();
}

export function debriefSheet(page) {
  const rows = keptGuesses();
  openPanel("sheet", t("debrief"), paragraph(t("debrief_note")), debriefTable(rows),
    section(t("questions"), list(words().debrief_questions)),
    element("div", { class: "buttons" }, element("button", { type: "button", onclick: () => window.print() }, t("print")),
      rows.length ? element("button", { type: "button", onclick: () => { forgetGuesses(); debriefSheet(page); } }, t("forget_guesses")) : null));
}

/** Districts in both worlds, year by year. */
export async function mapSheet(page) {
  openPanel("sheet", t("map"), element("p", {}, t("loading")));
  let answer;
  try {
    answer = await page.ask("map", { state: page.state() });
  } catch (error) {
    openPanel("sheet", t("map"), element("p", {}, error.message === "closed" ? t("not_reached") : error.message));
    return;
  }
  const names = Object.keys(answer.outcomes), select = element("select", { id: "map-outcome" }, ...names.map((n) => element("option", { value: n }, outcomeWord(n, page.known()))));
  const year = element("input", { type: "range", id: "map-year", min: 0, max: answer.years.length - 1, step: 1 });
  year.value = answer.years.length - 1;
  const shown = element("output", { for: "map-year" }), maps = element("div", { class: "maps" }), key = element("p", {}), table = element("div", {});
  const draw = () => {
    const { unit, baseline, yours } = answer.outcomes[select.value], i = Number(year.value);
    const most = Math.max(...[...baseline, ...yours].flat().filter(Number.isFinite), 1e-12);
    shown.textContent = answer.years[i];
    year.setAttribute("aria-valuetext", answer.years[i]);
    maps.replaceChildren(...[[t("baseline"), baseline], [t("yours"), yours]].map(([label, rows]) => element("figure", {}, element("figcaption", {}, label), districtMap(answer.districts, rows.map((r) => r[i]), most, unit, `${label}: ${outcomeWord(select.value, page.known())}, ${answer.years[i]}`))));
    key.textContent = t("map_key", { most: formatValue(most, unit) });
    const top = answer.districts.map((d, k) => [d.name, baseline[k][i], yours[k][i]]).sort((a, b) => Math.abs(b[2] - b[1]) - Math.abs(a[2] - a[1])).slice(0, 5);
    table.replaceChildren(element("table", {}, element("caption", {}, t("map_table")), element("thead", {}, element("tr", {}, ...[t("district"), t("baseline"), t("yours")].map((h) => element("th", { scope: "col" }, h)))),
      element("tbody", {}, ...top.map(([n, a, b]) => element("tr", {}, element("th", { scope: "row" }, n), element("td", {}, formatValue(a, unit)), element("td", {}, formatValue(b, unit)))))));
  };
  select.addEventListener("change", draw);
  year.addEventListener("input", draw);
  openPanel("sheet", t("map"), element("div", { class: "buttons" }, element("label", { for: "map-outcome" }, t("outcome")), select, element("label", { for: "map-year" }, t("year")), year, shown), maps, key, table);
  draw();
}

function districtMap(districts, values, most, unit, label) {
  const svgNode = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [k, v] of Object.entries(attributes)) node.setAttribute(k, v);
    return node;
  };
  const xs = districts.map((d) => d.x), ys = districts.map((d) => d.y), low = [Math.min(...xs), Math.min(...ys)], span = [Math.max(...xs) - low[0] || 1, Math.max(...ys) - low[1] || 1];
  const width = 460, height = 300, svg = svgNode("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  districts.forEach((d, k) => {
    const share = Math.max(0, Math.min(1, values[k] / most)), mix = (a, b) => Math.round(a + (b - a) * share);
    const dot = svgNode("circle", { cx: 16 + ((d.x - low[0]) / span[0]) * (width - 32), cy: height - 16 - ((d.y - low[1]) / span[1]) * (height - 32), r: 4 + 9 * Math.sqrt(share), fill: `rgb(${mix(235, 0)},${mix(240, 61)},${mix(247, 128)})`, stroke: "#595959" });
    dot.append(Object.assign(svgNode("title", {}), { textContent: `${d.name}: ${formatValue(values[k], unit)}` }));
    svg.append(dot);
  });
  return svg;
}

/** The pins, with what each of them is. */
export function fillPins(box, pins, page) {
  box.replaceChildren(...["A", "B"].map((name) => {
    const pin = pins[name];
    const outcome = pin?.frame.outcomes[page.state().outcome], n = pin && Object.keys({ ...pin.state.levers, ...pin.state.assumptions }).length;
    const text = pin ? t("pin_text", { value: outcome ? levels(outcome.headline, outcome.unit).yours : "", n }) : t("empty_pin");
    return element("div", { class: `pin pin-${name}` }, element("b", {}, name), element("span", { title: pin ? describeChanges(pin.state, page.preset()).join("; ") : "" }, text),
      pin ? null : element("button", { type: "button", "aria-label": `${t("pin")} ${name}`, onclick: () => page.pin(name) }, t("pin")),
      pin ? element("button", { type: "button", "aria-label": `${t("load")} ${name}`, onclick: () => page.load(name) }, t("load")) : null,
      pin ? element("button", { type: "button", class: "icon", "aria-label": `${t("remove")} ${name}`, onclick: () => page.unpin(name) }, "\u00d7") : null);
  }));
}
