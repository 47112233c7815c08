// What the room chose: a state, its history, and the link that holds it.

export const startState = (preset) => ({ preset: preset.name, levers: {}, assumptions: {}, seed: 1, outcome: preset.outcomes[0] });

const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The same text for the same scenario, whichever outcome is looked at. */
export const scenarioKey = (s) => JSON.stringify([s.preset, sorted(s.levers), sorted(s.assumptions), s.seed]);
export const worldKey = (s) => JSON.stringify([s.preset, sorted(s.assumptions), s.seed]);

/** A state with one lever or assumption set; a value equal to the preset's own is no change. */
export function setValue(state, kind, item, value) {
  const next = { ...state, [kind]: { ...state[kind] } };
  if (value === item.value) delete next[kind][item.key];
  else next[kind][item.key] = value;
  return next;
}

export const valueOf = (state, kind, item) => state[kind][item.key] ?? item.value;

export function encodeLink(state, version, lang) {
  const bytes = new TextEncoder().encode(JSON.stringify({ v: version, lang, ...state }));
  return `#${btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** {state, version, lang} of a link; throws where it is no state of a known preset and outcome. */
export function decodeLink(hash, presets, outcomes) {
  const binary = atob(hash.replace(/^#/, "").replaceAll("-", "+").replaceAll("_", "/"));
  const { v, lang, ...rest } = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
  const preset = presets.find((p) => p.name === rest.preset);
  if (!preset) throw new Error("preset");
  const state = startState(preset);
  for (const [kind, items] of [["levers", [...preset.levers, ...(preset.more ?? [])]], ["assumptions", preset.assumptions ?? []]]) {
    for (const [key, value] of Object.entries(rest[kind] ?? {})) {
      const item = items.find((i) => i.key === key);
      const fits = item && (item.choices ? item.choices.includes(value) : Number.isFinite(value) && value >= item.low && value <= item.high);
      if (!fits) throw new Error(key);
      state[kind][key] = value;
    }
  }
  if (rest.seed !== undefined && !(Number.isInteger(rest.seed) && rest.seed > 0)) throw new Error("seed");
  state.seed = rest.seed ?? 1;
  if (rest.outcome !== undefined && !Object.hasOwn(outcomes, rest.outcome)) throw new Error("outcome");
  state.outcome = rest.outcome ?? state.outcome;
  return { state, version: String(v ?? ""), lang: typeof lang === "string" ? lang : null };
}

/** Undo, redo, and the change before the present one. */
export class History {
  constructor(state) {
    this.past = [];
    this.future = [];
    this.present = state;
  }

  commit(state) {
    if (scenarioKey(state) === scenarioKey(this.present)) return false;
    this.past.push(this.present);
    if (this.past.length > 500) this.past.shift();
    this.future = [];
    this.present = state;
    return true;
  }

  undo() {
    if (!this.past.length) return null;
    this.future.push(this.present);
    this.present = this.past.pop();
    return this.present;
  }

  redo() {
    if (!this.future.length) return null;
    this.past.push(this.present);
    this.present = this.future.pop();
    return this.present;
  }

  before() {
    return this.past.at(-1) ?? null;
  }
}
