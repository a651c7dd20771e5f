// Elements, and the words for figures.

const at = (id) => document.getElementById(id);

function element(tag, text, parent, kind) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  if (kind) made.className = kind;
  if (parent) parent.append(made);
  return made;
}

const isMissing = (value) => value === null || value === undefined;
function size(bytes) {
  if (isMissing(bytes)) return null;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit + 1 < units.length) { bytes /= 1024; unit += 1; }
  return unit ? `${bytes.toFixed(1)} ${units[unit]}` : `${bytes} B`;
}
const time = (seconds) => isMissing(seconds) ? null : seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms`
  : seconds < 120 ? `${seconds.toFixed(2)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
const words = (status) => status.replace("_", " ");
const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

// A canvas takes no variables of CSS: an element resolves them.
const COLOURS = ["back", "panel", "text", "faint", "edge", "rule", "mark", "node", "dataset", "parameter", "group", "node_line",
  "dataset_line", "parameter_line", "group_line", "completed", "failed", "running", "not_run", "completed_line",
  "failed_line", "running_line", "not_run_line", "wait_line"];
const colours = {};
function readColours() {
  const probe = element("span", "", document.body);
  for (const name of COLOURS) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
}
