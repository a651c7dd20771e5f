"use strict";
// The picture is laid out already: this draws it, and answers questions about it.
const picture = JSON.parse(document.getElementById("picture").textContent);
const { vertices, edges, groups, timeline, run } = picture;
const at = (id) => document.getElementById(id);
const graph = at("graph"), pen = graph.getContext("2d");
const view = { x: 0, y: 0, scale: 1 };
let chosen = null, shown = new Set(vertices.keys());

const into = vertices.map(() => []), out = vertices.map(() => []);
for (const { from, to } of edges) { out[from].push(to); into[to].push(from); }

const size = (bytes) => {
  if (bytes === null || bytes === undefined) return null;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit + 1 < units.length) { bytes /= 1024; unit += 1; }
  return unit ? `${bytes.toFixed(1)} ${units[unit]}` : `${bytes} B`;
};
const time = (seconds) => seconds === null || seconds === undefined ? null
  : seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`;
const words = (status) => status.replace("_", " ");
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
let colours = {};
function readColours() {
  for (const name of ["back", "text", "faint", "line", "mark", "node", "dataset", "parameter", "completed", "failed",
    "running", "not_run", "group"]) colours[name] = colour(name);
}

function element(tag, text, parent) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (parent) parent.append(made);
  return made;
}

/* The graph. */
function fitCanvas(canvas) {
  const ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
  const [width, height] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
  return { ratio, width: box.width, height: box.height };
}

let isDue = false;
function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => { isDue = false; drawNow(); });
}

function drawNow() {
  const { ratio, width, height } = fitCanvas(graph);
  const { x, y, scale } = view;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colours.back;
  pen.fillRect(0, 0, width, height);
  pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
  const left = -x / scale, top = -y / scale, right = left + width / scale, bottom = top + height / scale;
  const isSeen = (a, b, c, d) => c >= left && a <= right && d >= top && b <= bottom;

  groups.forEach((group, place) => {
    const own = vertices.filter((vertex) => vertex.group === place);
    if (!own.length) return;
    const box = bounds(own, 10);
    pen.fillStyle = colours.group;
    pen.fillRect(box.x, box.y, box.width, box.height);
    if (scale > 0.4) {
      pen.fillStyle = colours.faint;
      pen.font = "11px system-ui, sans-serif";
      pen.textAlign = "left";
      pen.fillText(group.name, box.x + 4, box.y - 3);
    }
  });

  for (const edge of edges) {
    const from = vertices[edge.from], to = vertices[edge.to];
    const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
    if (!isSeen(Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2))) continue;
    const isChosen = edge.from === chosen || edge.to === chosen;
    pen.globalAlpha = shown.has(edge.from) && shown.has(edge.to) ? 1 : 0.15;
    pen.strokeStyle = isChosen ? colours.mark : colours.line;
    pen.lineWidth = (isChosen ? 2 : 1) / Math.min(scale, 1);
    const bend = Math.max((x2 - x1) / 2, 20);
    pen.beginPath();
    pen.moveTo(x1, y1);
    pen.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
    pen.stroke();
    if (scale > 0.35) {
      pen.beginPath();
      pen.moveTo(x2, y2);
      pen.lineTo(x2 - 6, y2 - 3.5);
      pen.lineTo(x2 - 6, y2 + 3.5);
      pen.closePath();
      pen.fillStyle = pen.strokeStyle;
      pen.fill();
    }
  }

  pen.font = "12px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  vertices.forEach((vertex, id) => {
    if (!isSeen(vertex.x, vertex.y, vertex.x + vertex.width, vertex.y + vertex.height)) return;
    pen.globalAlpha = shown.has(id) ? 1 : 0.15;
    pen.fillStyle = colours[vertex.status || vertex.kind];
    pen.strokeStyle = id === chosen ? colours.mark : colours.line;
    pen.lineWidth = id === chosen ? 3 : 1;
    pen.beginPath();
    pen.roundRect(vertex.x, vertex.y, vertex.width, vertex.height, vertex.kind === "node" ? 4 : vertex.height / 2);
    pen.fill();
    pen.stroke();
    if (scale > 0.35) {
      pen.fillStyle = colours.text;
      pen.fillText(vertex.label, vertex.x + vertex.width / 2, vertex.y + vertex.height / 2 + 1, vertex.width - 10);
    }
  });
  pen.globalAlpha = 1;
}

function bounds(of, margin) {
  const box = of.reduce((box, { x, y, width, height }) => [Math.min(box[0], x), Math.min(box[1], y),
    Math.max(box[2], x + width), Math.max(box[3], y + height)], [Infinity, Infinity, -Infinity, -Infinity]);
  return { x: box[0] - margin, y: box[1] - margin, width: box[2] - box[0] + 2 * margin, height: box[3] - box[1] + 2 * margin };
}

function fit() {
  if (!vertices.length) return draw();
  const { width, height } = graph.getBoundingClientRect(), box = bounds(vertices, 24);
  view.scale = Math.min(width / box.width, height / box.height, 1.5);
  view.x = (width - box.width * view.scale) / 2 - box.x * view.scale;
  view.y = (height - box.height * view.scale) / 2 - box.y * view.scale;
  draw();
}

/* All of a small graph, and the beginning of one that would be too small to be read. */
const READABLE = 0.3;
function begin() {
  fit();
  if (view.scale >= READABLE) return;
  const first = vertices.reduce((first, vertex) => vertex.x < first.x ? vertex : first, vertices[0]);
  view.scale = 0.7;
  view.x = 24 - first.x * view.scale;
  view.y = graph.getBoundingClientRect().height / 2 - (first.y + first.height / 2) * view.scale;
  draw();
}

function zoom(factor, x, y) {
  const scale = Math.min(Math.max(view.scale * factor, 0.01), 8);
  view.x = x - (x - view.x) * scale / view.scale;
  view.y = y - (y - view.y) * scale / view.scale;
  view.scale = scale;
  draw();
}

function under(event) {
  const box = graph.getBoundingClientRect();
  const x = (event.clientX - box.left - view.x) / view.scale, y = (event.clientY - box.top - view.y) / view.scale;
  const id = vertices.findIndex((v) => x >= v.x && x <= v.x + v.width && y >= v.y && y <= v.y + v.height);
  return id < 0 ? null : id;
}

function bring(id) {
  const { width, height } = graph.getBoundingClientRect(), vertex = vertices[id];
  view.scale = Math.max(view.scale, 0.8);
  view.x = width / 2 - (vertex.x + vertex.width / 2) * view.scale;
  view.y = height / 2 - (vertex.y + vertex.height / 2) * view.scale;
}

function choose(id, isToBeSeen) {
  chosen = id;
  if (id !== null && isToBeSeen) bring(id);
  describe();
  draw();
}

/* What is said of a vertex. */
function button(id, parent) {
  const made = element("button", vertices[id].name, element("li", undefined, parent));
  made.type = "button";
  made.addEventListener("click", () => choose(id, true));
}

function describe() {
  const details = at("details");
  details.replaceChildren();
  if (chosen === null) {
    element("p", "Choose a node or a dataset.", details);
    return;
  }
  const vertex = vertices[chosen];
  element("h2", vertex.name, details);
  const list = element("dl", undefined, details);
  const row = (title, value) => {
    if (value === null || value === undefined || value === "") return;
    element("dt", title, list);
    element("dd", value, list);
  };
  row("kind", vertex.kind);
  row("state", vertex.status && words(vertex.status));
  row("time", time(vertex.seconds));
  row("size", size(vertex.bytes));
  for (const [title, fact] of Object.entries(vertex.facts)) row(title, fact);
  row("inputs", vertex.inputs.join(", "));
  row("outputs", vertex.outputs.join(", "));
  row("tags", vertex.tags.join(", "));
  const group = groups[vertex.group];
  if (group && group.partitions) row("partitions", `${group.partitions[0]} of ${group.partitions[2]}, ${group.partitions[1]} failed`);
  if (vertex.error) {
    element("h2", "Error", details);
    element("pre", vertex.error, details);
  }
  if (vertex.kind === "node") {
    element("h2", "Run it again", details);
    element("pre", `wpipe run --nodes '${vertex.name.replaceAll("'", "'\\''")}'`, details);
  }
  for (const [title, ids] of [["From", into[chosen]], ["To", out[chosen]]]) {
    if (!ids.length) continue;
    element("h2", title, details);
    const names = element("ul", undefined, details);
    ids.forEach((id) => button(id, names));
  }
}

/* Search and filters. */
const MOST_FOUND = 50;
function filter() {
  const text = at("search").value.toLowerCase(), tag = at("tag").value, state = at("state").value;
  const isMeant = (vertex) => vertex.name.toLowerCase().includes(text) && (!tag || vertex.tags.includes(tag))
    && (!state || vertex.status === state);
  shown = new Set([...vertices.keys()].filter((id) => isMeant(vertices[id])));
  const found = at("found"), isAsked = text || tag || state;
  found.replaceChildren();
  at("found-title").textContent = isAsked ? `Found ${shown.size}` : "Nodes";
  const ids = [...shown].filter((id) => isAsked || vertices[id].kind === "node");
  ids.slice(0, MOST_FOUND).forEach((id) => button(id, found));
  if (ids.length > MOST_FOUND) element("li", `and ${ids.length - MOST_FOUND} more`, found);
  draw();
}

/* The timeline. */
const ROW = 16;
const lanes = new Map();
function laneOf(span) {
  if (span.kind === "call") return span.worker === null ? "driver" : `worker ${span.worker}`;
  return span.kind;
}
function placeSpans() {
  const ends = new Map();
  const last = timeline.reduce((last, span) => Math.max(last, span.end ?? span.start), 0);
  for (const span of timeline) {
    const name = laneOf(span);
    // What overlaps stands in rows of its own.
    const rows = ends.get(name) ?? ends.set(name, []).get(name);
    let row = rows.findIndex((end) => end <= span.start);
    if (row < 0) row = rows.length;
    rows[row] = span.end ?? last;
    span.row = Math.min(row, 7);
    span.lane = name;
  }
  let top = 20;
  for (const name of [...ends.keys()].sort()) {
    lanes.set(name, top);
    top += Math.min(ends.get(name).length, 8) * ROW + 6;
  }
  return { last: last || 1, height: top };
}
const { last, height: timelineHeight } = placeSpans();
function drawTimeline() {
  if (!timeline.length) return;
  const canvas = at("timeline");
  canvas.style.height = `${Math.min(timelineHeight + 4, 260)}px`;
  const { ratio, width, height } = fitCanvas(canvas), pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.fillStyle = colours.back;
  pen.fillRect(0, 0, width, height);
  const left = 80, scale = (width - left - 12) / last;
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  pen.fillStyle = colours.faint;
  for (let part = 0; part <= 4; part += 1) {
    pen.textAlign = part === 4 ? "right" : "left";
    pen.fillText(time(last * part / 4), left + (width - left - 12) * part / 4, 9);
  }
  pen.textAlign = "left";
  for (const [name, top] of lanes) pen.fillText(name, 6, top + ROW / 2);
  for (const span of timeline) {
    const x = left + span.start * scale, wide = Math.max(((span.end ?? last) - span.start) * scale, 1);
    const top = lanes.get(span.lane) + span.row * ROW;
    pen.fillStyle = colours[span.error ? "failed" : span.end === null ? "running" : "completed"];
    pen.fillRect(x, top, wide, ROW - 2);
    pen.strokeStyle = colours.line;
    if (wide > 3) pen.strokeRect(x, top, wide, ROW - 2);
    if (wide > 30) {
      pen.fillStyle = colours.text;
      pen.save();
      pen.beginPath();
      pen.rect(x, top, wide, ROW);
      pen.clip();
      pen.fillText(span.partition ? `${span.name} ${span.partition}` : span.name, x + 3, top + ROW / 2 - 1);
      pen.restore();
    }
  }
}

/* What the reader does. */
let held = null;
graph.addEventListener("pointerdown", (event) => {
  held = { x: event.clientX, y: event.clientY, moved: false };
  graph.setPointerCapture(event.pointerId);
});
graph.addEventListener("pointermove", (event) => {
  if (!held) return;
  const [x, y] = [event.clientX - held.x, event.clientY - held.y];
  if (!held.moved && Math.hypot(x, y) < 4) return;
  view.x += x;
  view.y += y;
  held = { x: event.clientX, y: event.clientY, moved: true };
  draw();
});
graph.addEventListener("pointerup", (event) => {
  if (held && !held.moved) choose(under(event), false);
  held = null;
});
graph.addEventListener("wheel", (event) => {
  event.preventDefault();
  const box = graph.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });
graph.addEventListener("keydown", (event) => {
  const { width, height } = graph.getBoundingClientRect();
  const beside = (step) => {
    const layer = vertices.map((vertex, id) => ({ id, ...vertex })).filter((v) => v.x === vertices[chosen].x);
    layer.sort((one, other) => one.y - other.y);
    return layer[layer.findIndex((v) => v.id === chosen) + step]?.id;
  };
  const go = { ArrowRight: () => out[chosen]?.[0], ArrowLeft: () => into[chosen]?.[0],
    ArrowUp: () => beside(-1), ArrowDown: () => beside(1) }[event.key];
  if (go && vertices.length) {
    event.preventDefault();
    const next = chosen === null ? 0 : go();
    if (next !== undefined) choose(next, true);
  } else if (event.key === "+" || event.key === "=") zoom(1.25, width / 2, height / 2);
  else if (event.key === "-") zoom(0.8, width / 2, height / 2);
});
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.tagName === "INPUT" || event.target.tagName === "SELECT";
  if (event.key === "Escape") { at("search").value = ""; filter(); choose(null); }
  else if (isTyping) return;
  else if (event.key === "/") { event.preventDefault(); at("search").focus(); }
  else if (event.key === "0") fit();
});
at("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && shown.size) choose([...shown][0], true);
});
["search", "tag", "state"].forEach((id) => at(id).addEventListener("input", filter));
at("fit").addEventListener("click", fit);

function option(list, value, text) {
  element("option", text, at(list)).value = value;
}
[...new Set(vertices.flatMap((vertex) => vertex.tags))].sort().forEach((tag) => option("tag", tag, tag));
[...new Set(vertices.map((vertex) => vertex.status).filter(Boolean))].forEach((state) => option("state", state, words(state)));
at("title").textContent = picture.pipeline;
at("run").textContent = run ? `run ${run.id}: ${run.state}${run.seconds === null ? "" : `, ${time(run.seconds)}`}` : "";
function redraw() {
  readColours();
  drawTimeline();
  draw();
}
window.addEventListener("resize", redraw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
redraw();
describe();
filter();
begin();
