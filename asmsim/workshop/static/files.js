// What leaves the page: the picture of a chart, the table, the report, the link.

import { paintChart } from "./chart.js";

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A picture at least 1,600 pixels wide. */
export function savePicture(spec, name) {
  const canvas = document.createElement("canvas");
  paintChart(canvas, spec, 1920 / spec.width);
  return new Promise((resolve) => canvas.toBlob((blob) => { save(blob, name); resolve(canvas); }, "image/png"));
}

/** A file made by the server of a state; throws with the server's message. */
export async function saveFromServer(path, state, lang, token, name) {
  const answer = await fetch(`${path}?lang=${encodeURIComponent(lang)}`, { method: "POST", headers: { "Content-Type": "application/json", "X-Token": token }, body: JSON.stringify(state) });
  if (!answer.ok) throw new Error((await answer.text()).slice(0, 300));
  save(await answer.blob(), name);
}

/** Put a text on the clipboard; false where the browser does not let us. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
