// Charts as lists of shapes, drawn to SVG or to a canvas.  No imports: the exported report inlines this file.
//
// drawChart(svgElement, spec) draws one chart; paintChart(canvas, spec, scale) draws the same one for a PNG.
// spec: kind "fan" | "difference" | "lines" | "bars"; width, height in pixels; size of the text in pixels;
//   years; series: [{label, value, style, mean, q05, q25, q75, q95}] (a style is a key of STYLES; "lines" uses `runs`, rows of years);
//   markers: [{year, label, minor}]; tick(v) formats a number on the axis; unit: text above the axis; compact: a small chart;
//   title, notes: [text] for a picture that stands alone; bars: [{label, text, value, total}]; focus: index of a year to mark.

export const STYLES = {
  baseline: { colour: "#767676", dash: [7, 5], width: 3 },
  yours: { colour: "#003d80", dash: [], width: 3.5 },
  ghost: { colour: "#767676", dash: [2, 4], width: 2 },
  A: { colour: "#c04a00", dash: [12, 4], width: 2.5 },
  B: { colour: "#000000", dash: [3, 3], width: 2.5 },
  guess: { colour: "#7a1fa2", dash: [1, 6], width: 4 },
};
const INK = "#1a1a1a", MUTED = "#595959", RULE = "#d4d4d4";
const FONT = '"Segoe UI", "Helvetica Neue", Arial, sans-serif';
let ruler = null;

export function textWidth(text, size, weight = 400) {
  ruler ??= document.createElement("canvas").getContext("2d");
  ruler.font = `${weight} ${size}px ${FONT}`;
  return ruler.measureText(text).width;
}

export function wrapText(text, width, size, weight = 400) {
  const lines = [];
  for (const word of String(text).split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && textWidth(longer, size, weight) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Round steps that cut [low, high] into about `number` parts. */
export function niceTicks(low, high, number) {
  const span = high - low || 1, raw = span / Math.max(1, number), power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw - 1e-12);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

const point = (x, y) => `${x.toFixed(1)},${y.toFixed(1)}`;
const path = (xs, ys) => xs.map((x, i) => (Number.isFinite(ys[i]) ? point(x, ys[i]) : null)).filter(Boolean)
  .map((p, i) => `${i ? "L" : "M"}${p}`).join("");

function valueRange(spec) {
  const values = spec.kind === "difference" ? [0] : [];
  for (const s of spec.series) {
    for (const rows of [s.q05, s.mean, s.q95, ...(s.runs ?? [])]) if (rows) values.push(...rows.filter(Number.isFinite));
  }
  let low = Math.min(...values), high = Math.max(...values);
  if (!values.length) [low, high] = [0, 1];
  if (spec.include) [low, high] = [Math.min(low, ...spec.include), Math.max(high, ...spec.include)];
  if (spec.kind !== "difference" && low >= 0 && low < 0.6 * high) low = 0;
  if (high - low < 1e-9) [low, high] = spec.kind === "difference" ? [-(spec.least ?? 1), spec.least ?? 1] : [low ? low - Math.abs(low) / 10 : 0, high + (Math.abs(high) / 10 || 1)];
  // Up to the next round tick, so that a small change does not rescale the axis.
  const ticks = niceTicks(low, high, 4), step = ticks.length > 1 ? (ticks[1] - ticks[0]) / 2 : (high - low) / 4;
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

/** Move labels apart so that none covers another, each as near as can be to where it belongs. */
function spread(labels, top, bottom) {
  labels.sort((a, b) => a.y - b.y);
  for (let i = 1; i < labels.length; i++) labels[i].y = Math.max(labels[i].y, labels[i - 1].y + labels[i - 1].tall);
  let limit = bottom;
  for (let i = labels.length - 1; i >= 0; i--) {
    labels[i].y = Math.min(labels[i].y, limit - labels[i].tall);
    limit = labels[i].y;
  }
  for (let i = 0, least = top; i < labels.length; i++) {
    labels[i].y = Math.max(labels[i].y, least);
    least = labels[i].y + labels[i].tall;
  }
}

function plot(spec) {
  const { width, height, size, years } = spec, shapes = [], line = size * 1.2;
  const text = (x, y, content, more = {}) => shapes.push({ type: "text", x, y, text: content, size, colour: INK, ...more });
  let head = 0;
  if (spec.title) {
    for (const row of wrapText(spec.title, width - 16, size * 1.25, 700)) {
      head += size * 1.6;
      text(8, head - size * 0.3, row, { size: size * 1.25, weight: 700 });
    }
  }
  const foot = (spec.notes ?? []).flatMap((note) => wrapText(note, width - 16, size * 0.85)), footHeight = foot.length * size * 1.15 + (foot.length ? size * 0.5 : 0);
  const [low, high] = valueRange(spec);
  const top = head + (spec.compact ? size * 0.5 : line + size * 0.55), bottom = height - footHeight - line - (spec.compact ? 4 : 9);
  const ticks = niceTicks(low, high, spec.compact ? 2 : Math.max(2, Math.floor((bottom - top) / (size * 3.2))));
  const left = 8 + Math.max(...ticks.map((t) => textWidth(spec.tick(t), size)), size);
  const labels = spec.kind === "lines" ? [] : spec.series.filter((s) => s.mean && s.label !== undefined).map((s) => {
    const end = s.mean.findLastIndex(Number.isFinite);
    const rows = spec.compact ? [s.value] : width < size * 38 ? [...wrapText(s.label, size * 7, size, 700), s.value] : [`${s.label}  ${s.value}`];
    return { rows: rows.filter(Boolean), at: s.mean[end], colour: STYLES[s.style].colour, tall: rows.filter(Boolean).length * line, style: s.style };
  });
  const right = width - 10 - (spec.compact ? 6 : 12) - Math.max(0, ...labels.flatMap((l) => l.rows.map((r) => textWidth(r, size, 700))));
  const span = years.at(-1) - years[0] || 1;
  const x = (year) => left + ((year - years[0]) / span) * (right - left);
  const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  for (const t of ticks) {
    shapes.push({ type: "path", d: `M${point(left, y(t))}L${point(right, y(t))}`, stroke: RULE, width: 1 });
    text(left - 6, y(t) + size * 0.36, spec.tick(t), { anchor: "end", colour: MUTED });
  }
  if (!spec.compact && spec.unit) text(2, top - size * 0.75, spec.unit, { colour: MUTED });
  const every = spec.compact ? span : [1, 2, 5, 10, 20].find((n) => (n / span) * (right - left) > size * 3.4) ?? 20;
  const shown = spec.compact ? [years[0], years.at(-1)] : years.filter((v) => v % every === 0);
  for (const year of shown) {
    const narrow = spec.compact && right - left < size * 5.2;
    text(x(year), bottom + line + (spec.compact ? 0 : 4), narrow && year === years[0] && right - left < size * 3.4 ? "" : narrow ? `\u2019${String(year).slice(2)}` : String(year), { anchor: spec.compact ? (year === years[0] ? "start" : "end") : "middle", colour: MUTED });
    shapes.push({ type: "path", d: `M${point(x(year), bottom)}L${point(x(year), bottom + 4)}`, stroke: MUTED, width: 1 });
  }
  const ticked = shapes.length;
  drawMarkers(spec, shapes, text, { x, left, right, top, bottom, size });
  if (low < 0 && high > 0 || spec.kind === "difference") shapes.push({ type: "path", d: `M${point(left, y(0))}L${point(right, y(0))}`, stroke: INK, width: 1.5 });
  const xs = years.map(x), at = (rows) => rows.map(y);
  for (const s of spec.series) {
    for (const [a, b, opacity] of [["q05", "q95", 0.13], ["q25", "q75", 0.2]]) {
      if (!s[a] || !s[b] || (spec.compact && a === "q25")) continue;
      const d = `${path(xs, at(s[b]))}L${path([...xs].reverse(), [...at(s[a])].reverse()).slice(1)}Z`;
      if (!d.startsWith("L")) shapes.push({ type: "path", d, fill: STYLES[s.style].colour, opacity, band: `${s.style}-${a}` });
    }
  }
  // The baseline last: where both lie on one another, its dashes show on the solid line.
  for (const s of [...spec.series].sort((a, b) => (a.style === "baseline") - (b.style === "baseline"))) {
    for (const row of s.runs ?? []) shapes.push({ type: "path", d: path(xs, at(row)), stroke: STYLES[s.style].colour, width: 1.2, opacity: 0.75, dash: STYLES[s.style].dash.map((n) => n * 0.7) });
    if (!s.mean) continue;
    const { colour, dash, width: thick } = STYLES[s.style];
    shapes.push({ type: "path", d: path(xs, at(s.mean)), stroke: colour, width: spec.compact ? thick * 0.75 : thick, dash, name: s.style });
    if (s.mean.filter(Number.isFinite).length === 1) {
      const i = s.mean.findIndex(Number.isFinite);
      shapes.push({ type: "path", d: `M${point(xs[i] - 7, y(s.mean[i]))}l7,-7l7,7l-7,7Z`, fill: colour, name: s.style });
    }
  }
  if (spec.focus !== undefined && spec.focus !== null) shapes.push({ type: "path", d: `M${point(xs[spec.focus], top)}L${point(xs[spec.focus], bottom)}`, stroke: INK, width: 1.5 });
  for (const l of labels) l.y = y(l.at) - l.tall / 2;
  spread(labels, top - (spec.compact ? 6 : 2), bottom + (spec.compact ? 0 : 6));
  for (const l of labels) l.rows.forEach((row, i) => text(right + (spec.compact ? 6 : 10), l.y + line * (i + 0.8), row, { weight: 700, colour: l.colour, name: `label-${l.style}` }));
  foot.forEach((row, i) => text(8, height - footHeight + size * (1.3 + 1.15 * i), row, { size: size * 0.85, colour: MUTED }));
  return { width, height, shapes, ticked, scales: { x, y, left, right, top, bottom, low, high, years } };
}

/** Events: a dotted line with its name where there is room; minor ones are small triangles on the axis. */
function drawMarkers(spec, shapes, text, { x, left, right, top, bottom, size }) {
  let free = spec.unit && !spec.compact ? 2 + textWidth(spec.unit, size) + size : 0;
  for (const marker of [...(spec.markers ?? [])].sort((a, b) => a.year - b.year)) {
    const at = x(marker.year);
    if (at < left || at > right) continue;
    if (marker.minor) {
      if (!spec.compact) shapes.push({ type: "path", d: `M${point(at - 5, bottom)}l5,-9l5,9Z`, fill: MUTED });
      continue;
    }
    shapes.push({ type: "path", d: `M${point(at, top)}L${point(at, bottom)}`, stroke: MUTED, width: 1.2, dash: [2, 3] });
    const wide = spec.compact ? Infinity : textWidth(marker.label, size), start = Math.max(at - wide / 2, free);
    if (start - (at - wide / 2) > wide / 2 || start + wide > spec.width - 4) continue;
    text(start, top - size * 0.75, marker.label, { colour: INK });
    free = start + wide + size * 0.6;
  }
}

/** Horizontal bars from a zero line, each under its name; the height is what the rows need. */
function bars(spec) {
  const { width, size } = spec, shapes = [], line = size * 1.22;
  const wide = Math.max(...spec.bars.map((b) => textWidth(b.text, size, 700))) + 8;
  const room = width - wide - 6, less = Math.max(0, ...spec.bars.map((b) => -b.value)), more = Math.max(0, ...spec.bars.map((b) => b.value));
  const scale = room / (less + more || 1), zero = 1 + less * scale;
  let y = 0;
  for (const bar of spec.bars) {
    for (const row of wrapText(bar.label, width - 4, size, bar.total ? 700 : 400)) {
      y += line;
      shapes.push({ type: "text", x: 1, y: y - size * 0.25, text: row, size, colour: INK, weight: bar.total ? 700 : 400 });
    }
    const long = Math.max(1, Math.abs(bar.value) * scale), from = bar.value < 0 ? zero - long : zero;
    shapes.push({ type: "path", d: `M${point(from, y + 3)}h${long.toFixed(1)}v${(size * 0.75).toFixed(1)}h${(-long).toFixed(1)}Z`, fill: bar.total ? "#003d80" : bar.value < 0 ? "#767676" : "#4a76a8" });
    shapes.push({ type: "text", x: (bar.value < 0 ? zero : from + long) + 6, y: y + 3 + size * 0.7, text: bar.text, size, weight: 700, colour: INK });
    shapes.push({ type: "path", d: `M${point(zero, y + 1)}v${(size * 0.75 + 4).toFixed(1)}`, stroke: INK, width: 1 });
    y += size * 0.75 + 6;
  }
  return { width, height: Math.ceil(y), shapes };
}

export function buildChart(spec) {
  return spec.kind === "bars" ? bars(spec) : plot(spec);
}

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

export function chartMarkup(scene) {
  return scene.shapes.map((s) => {
    const name = s.name || s.band ? ` data-name="${s.name ?? s.band}"` : "";
    if (s.type === "text") return `<text x="${s.x.toFixed(1)}" y="${s.y.toFixed(1)}" font-size="${s.size}" font-weight="${s.weight ?? 400}" text-anchor="${s.anchor ?? "start"}" fill="${s.colour}"${name}>${escape(s.text)}</text>`;
    const stroke = s.stroke ? ` stroke="${s.stroke}" stroke-width="${s.width}" stroke-linejoin="round"${s.dash?.length ? ` stroke-dasharray="${s.dash.join(" ")}" stroke-linecap="butt"` : ""}` : "";
    return `<path d="${s.d}" fill="${s.fill ?? "none"}"${stroke}${s.opacity ? ` opacity="${s.opacity}"` : ""}${name}/>`;
  }).join("");
}

/** Draw into an SVG element; its accessible name is the spec's summary. */
export function drawChart(svg, spec) {
  const scene = buildChart(spec);
  svg.setAttribute("viewBox", `0 0 ${scene.width} ${scene.height}`);
  svg.setAttribute("width", scene.width);
  svg.setAttribute("height", scene.height);
  svg.setAttribute("font-family", FONT);
  if (spec.summary) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", spec.summary);
  } else svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = chartMarkup(scene);
  return scene;
}

/** Draw onto a canvas, `scale` pixels for each unit of the spec, on white. */
export function paintChart(canvas, spec, scale) {
  const scene = buildChart(spec), pen = canvas.getContext("2d");
  canvas.width = Math.round(scene.width * scale);
  canvas.height = Math.round(scene.height * scale);
  pen.scale(scale, scale);
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, scene.width, scene.height);
  for (const s of scene.shapes) {
    pen.globalAlpha = s.opacity ?? 1;
    if (s.type === "text") {
      pen.font = `${s.weight ?? 400} ${s.size}px ${FONT}`;
      pen.textAlign = { end: "right", middle: "center" }[s.anchor] ?? "left";
      pen.fillStyle = s.colour;
      pen.fillText(s.text, s.x, s.y);
      continue;
    }
    const shape = new Path2D(s.d);
    if (s.fill) { pen.fillStyle = s.fill; pen.fill(shape); }
    if (s.stroke) {
      pen.strokeStyle = s.stroke;
      pen.lineWidth = s.width;
      pen.lineJoin = "round";
      pen.setLineDash(s.dash ?? []);
      pen.stroke(shape);
    }
  }
  return scene;
}
