// The drawing: the scene on a canvas, as much of it as is seen, in as much detail as can be read.

const graph = at("graph"), pen = graph.getContext("2d");
const view = { x: 0, y: 0, scale: 1 };
const FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif";
// The scales below which texts, and outlines, cannot be read.
const LEGIBLE = 0.45, OUTLINED = 0.16;
const LINE = 18;
const MARKS = { completed: "✓", failed: "✗", running: "▸", not_run: "–" };
const MOST_LABEL = 34;

const clipped = (text) => text.length > MOST_LABEL ? `…${text.slice(1 - MOST_LABEL)}` : text;

const begun = (text) => text.length > MOST_LABEL ? `${text.slice(0, MOST_LABEL - 1)}…` : text;

// The lines of an item's card, and by them its size.
function measure(scene, model) {
  pen.font = `13px ${FONT}`;
  for (const item of scene.items) {
    item.label = clipped(item.kind === "node" || item.kind === "dataset" ? shortName(item) : item.name);
    item.below = subtitle(model, item);
    item.width = Math.max(pen.measureText(item.label).width + 44, pen.measureText(item.below).width * 0.85 + 44, 90);
    item.height = model.picture.run || item.kind === GROUP ? 44 : 30;
  }
}

// Within its namespace's box a name needs not say the namespace again.
function shortName({ name, frame }) {
  const spaces = [];
  for (let around = frame; around?.group.parent; around = around.parent) if (around.group.sort === "namespace") spaces.unshift(around.group.name);
  const prefix = spaces.length ? `${spaces.join(".")}.` : "";
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function subtitle(model, item) {
  if (item.kind === GROUP) {
    const nodes = item.group.all.filter((id) => model.vertices[id].kind === "node");
    const done = nodes.filter((id) => model.vertices[id].status === "completed").length;
    const partitions = model.picture.groups[item.group.place]?.partitions;
    return [item.group.sort, model.picture.run ? `${done} of ${counted(nodes.length, "node")}` : counted(nodes.length, "node"),
      partitions && `${partitions[0]} of ${counted(partitions[2], "partition")}`].filter(Boolean).join(" · ");
  }
  const { vertex } = item;
  if (!model.picture.run) return "";
  if (vertex.kind === "node") return [words(vertex.status ?? "not_run"), time(vertex.seconds)].filter(Boolean).join(" · ");
  if (vertex.kind === "dataset") return [vertex.facts.type, vertex.rows !== null && counted(vertex.rows, "row"), size(vertex.bytes)].filter(Boolean).join(" · ");
  return vertex.value === null || vertex.value === undefined ? "parameter" : begun(JSON.stringify(vertex.value));
}

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
  pen.globalAlpha = 1;
  pen.fillStyle = colours.back;
  pen.fillRect(0, 0, width, height);
  pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
  const seen = { left: -x / scale, top: -y / scale, right: (width - x) / scale, bottom: (height - y) / scale };
  pen.textBaseline = "middle";
  drawFrames(seen);
  const marked = drawLinks(seen);
  for (const item of state.scene.items) if (isWithin(item, seen)) drawItem(item);
  pen.globalAlpha = 1;
  drawLabels(marked);
  drawOverview(ratio, width, height);
}

const isWithin = (box, seen) => box.x + box.width >= seen.left && box.x <= seen.right && box.y + box.height >= seen.top && box.y <= seen.bottom;

function drawFrames(seen) {
  for (const frame of state.scene.frames) {
    if (!frame.parent || !isWithin(frame, seen)) continue;
    pen.fillStyle = colours.group;
    pen.strokeStyle = frame.group === state.chosen?.group ? colours.mark : colours.edge;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.roundRect(frame.x, frame.y, frame.width, frame.height, 10);
    pen.fill();
    if (view.scale > OUTLINED) pen.stroke();
    if (view.scale < LEGIBLE) continue;
    pen.fillStyle = colours.faint;
    pen.font = `600 12px ${FONT}`;
    pen.textAlign = "left";
    pen.fillText(`▾ ${frame.name}`, frame.x + 10, frame.y + TITLE / 2 + 5);
  }
}

// Edges that look the same are one path: so a graph of thousands stays fluent.
function drawLinks(seen) {
  const looks = new Map(), marked = [];
  const hasChosen = state.chosen !== null;
  for (const link of state.scene.links) {
    const isChosen = hasChosen && (isChosenItem(link.from) || isChosenItem(link.to));
    if (!isWithin(boundsOf(link), seen)) continue;
    const isFaint = !isShown(link.from) || !isShown(link.to);
    const look = isChosen ? "mark" : isFaint ? "dim" : "edge";
    if (isChosen) marked.push(link);
    (looks.get(look) ?? looks.set(look, []).get(look)).push(link);
  }
  for (const look of ["dim", "edge", "mark"]) {
    pen.strokeStyle = pen.fillStyle = colours[look === "dim" ? "edge" : look];
    pen.globalAlpha = look === "dim" ? 0.2 : 1;
    pen.lineWidth = (look === "mark" ? 2 : 1.25) / Math.min(Math.max(view.scale, 0.25), 1);
    pen.beginPath();
    for (const link of looks.get(look) ?? []) trace(link);
    pen.stroke();
    if (view.scale < LEGIBLE / 1.5) continue;
    pen.beginPath();
    for (const link of looks.get(look) ?? []) {
      const [x, y] = ends(link)[1];
      pen.moveTo(x, y);
      pen.lineTo(x - 7, y - 4);
      pen.lineTo(x - 7, y + 4);
    }
    pen.fill();
  }
  pen.globalAlpha = 1;
  return marked;
}

function drawLabels(links) {
  if (view.scale < LEGIBLE) return;
  pen.font = `11px ${FONT}`;
  pen.textAlign = "center";
  for (const link of links) {
    const text = onEdge(link);
    if (!text) continue;
    const [[x1, y1], [x2, y2]] = ends(link), wide = pen.measureText(text).width + 10;
    const [x, y] = link.bends[0] ?? [(x1 + x2) / 2, (y1 + y2) / 2];
    pen.fillStyle = colours.panel;
    pen.strokeStyle = colours.mark;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.roundRect(x - wide / 2, y - 8, wide, 16, 8);
    pen.fill();
    pen.stroke();
    pen.fillStyle = colours.text;
    pen.fillText(text, x, y);
  }
}

const ends = ({ from, to }) => [[from.x + from.width, from.y + from.height / 2], [to.x, to.y + to.height / 2]];

function boundsOf(link) {
  if (link.bounds) return link.bounds;
  const points = [...ends(link), ...link.bends];
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, top] = [Math.min(...xs) - 30, Math.min(...ys) - 4];
  link.bounds = { x: left, y: top, width: Math.max(...xs) + 30 - left, height: Math.max(...ys) + 4 - top };
  return link.bounds;
}

function trace(link) {
  const [start, end] = ends(link);
  pen.moveTo(...start);
  let [x, y] = start;
  const isBack = end[0] < start[0];
  for (const [toX, toY] of [...link.bends, end]) {
    const bend = isBack && !link.bends.length ? 60 : Math.abs(toX - x) / 2;
    pen.bezierCurveTo(x + bend, y, toX - bend, toY, toX, toY);
    [x, y] = [toX, toY];
  }
}

// What flows along a link: the sizes and transports of the datasets at its ends.
function onEdge(link) {
  const datasets = new Set(link.edges.flatMap((edge) => [state.model.edges[edge].from, state.model.edges[edge].to])
    .filter((id) => state.model.vertices[id].kind === "dataset"));
  const all = [...datasets].map((id) => state.model.vertices[id]);
  const bytes = all.some((vertex) => vertex.bytes !== null) ? all.reduce((sum, vertex) => sum + (vertex.bytes ?? 0), 0) : null;
  const rows = all.length === 1 && all[0].rows !== null ? counted(all[0].rows, "row") : null;
  const ways = [...new Set(all.map((vertex) => vertex.transport).filter(Boolean))];
  return [all.length > 1 ? counted(all.length, "dataset") : null, rows, size(bytes), ways.length === 1 ? ways[0] : null].filter(Boolean).join(" · ");
}

function drawItem(item) {
  const { x, y, width, height, kind } = item, status = statusOf(state.model, item);
  pen.globalAlpha = isShown(item) ? 1 : 0.18;
  pen.fillStyle = colours[status && kind !== "dataset" ? status : kind];
  const isChosen = isChosenItem(item);
  if (view.scale < OUTLINED) {
    pen.fillStyle = isChosen ? colours.mark : colours[status ? `${status}_line` : `${kind}_line`];
    pen.fillRect(x, y, width, height);
    return;
  }
  pen.strokeStyle = isChosen ? colours.mark : colours[status ? `${status}_line` : `${kind}_line`];
  pen.lineWidth = isChosen ? 3 : 1.25;
  const radius = kind === "node" ? 5 : kind === GROUP ? 8 : height / 2;
  if (kind === GROUP) {
    // A pile, of which the upper sheet is seen.
    pen.beginPath();
    pen.roundRect(x + 4, y + 4, width, height, radius);
    pen.fill();
    pen.stroke();
  }
  pen.beginPath();
  pen.roundRect(x, y, width, height, radius);
  if (kind === "parameter") pen.setLineDash([4, 3]);
  pen.fill();
  pen.stroke();
  pen.setLineDash([]);
  if (view.scale < LEGIBLE) return;
  const mark = MARKS[status] ?? { dataset: "▤", parameter: "≔", group: "▸", node: "ƒ" }[kind];
  pen.textAlign = "center";
  pen.fillStyle = colours[status ? `${status}_line` : "faint"];
  pen.font = `13px ${FONT}`;
  pen.fillText(mark, x + 16, y + height / 2);
  pen.textAlign = "left";
  pen.fillStyle = colours.text;
  pen.font = `${kind === "node" || kind === GROUP ? 600 : 400} 13px ${FONT}`;
  const middle = item.height > 30 && item.below ? y + height / 2 - LINE / 2 + 1 : y + height / 2;
  pen.fillText(item.label, x + 28, middle, width - 38);
  if (item.height > 30 && item.below) {
    pen.fillStyle = colours.faint;
    pen.font = `11px ${FONT}`;
    pen.fillText(item.below, x + 28, middle + LINE - 1, width - 38);
  }
}

// A small map of a graph that is larger than the window.
const MAP = { width: 180, height: 110, margin: 10 };
function drawOverview(ratio, width, height) {
  const { root } = state.scene;
  state.map = null;
  const isWhole = view.x >= 0 && view.y >= 0 && view.x + root.width * view.scale <= width && view.y + root.height * view.scale <= height;
  if (isWhole || width < 480) return;
  const scale = Math.min(MAP.width / root.width, MAP.height / root.height);
  const [left, top] = [width - root.width * scale - MAP.margin, height - root.height * scale - MAP.margin];
  state.map = { left, top, scale };
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.globalAlpha = 0.92;
  pen.fillStyle = colours.panel;
  pen.fillRect(left - 4, top - 4, root.width * scale + 8, root.height * scale + 8);
  pen.globalAlpha = 1;
  for (const item of state.scene.items) {
    const status = statusOf(state.model, item);
    pen.fillStyle = colours[status ? `${status}_line` : "edge"];
    pen.fillRect(left + item.x * scale, top + item.y * scale, Math.max(item.width * scale, 1), Math.max(item.height * scale, 1));
  }
  pen.strokeStyle = colours.mark;
  pen.lineWidth = 1.5;
  const box = { x: -view.x / view.scale, y: -view.y / view.scale, width: width / view.scale, height: height / view.scale };
  const [x1, y1] = [Math.max(box.x, 0), Math.max(box.y, 0)];
  const [x2, y2] = [Math.min(box.x + box.width, root.width), Math.min(box.y + box.height, root.height)];
  pen.strokeRect(left + x1 * scale, top + y1 * scale, Math.max(x2 - x1, 0) * scale, Math.max(y2 - y1, 0) * scale);
}

/* Where the reader looks. */
function fit() {
  const { width, height } = graph.getBoundingClientRect(), { root } = state.scene;
  if (!state.scene.items.length) return draw();
  view.scale = Math.min((width - 32) / root.width, (height - 32) / root.height, 1.4);
  view.x = (width - root.width * view.scale) / 2;
  view.y = (height - root.height * view.scale) / 2;
  draw();
}

// All of a small graph, and the beginning of one that would be too small to be read.
function begin() {
  fit();
  if (view.scale >= LEGIBLE || !state.scene.items.length) return;
  const first = state.scene.items.reduce((first, item) => item.x < first.x ? item : first);
  view.scale = 0.8;
  view.x = 24 - first.x * view.scale;
  view.y = graph.getBoundingClientRect().height / 2 - (first.y + first.height / 2) * view.scale;
  draw();
}

function zoom(factor, x, y) {
  const scale = Math.min(Math.max(view.scale * factor, 0.005), 6);
  view.x = x - (x - view.x) * scale / view.scale;
  view.y = y - (y - view.y) * scale / view.scale;
  view.scale = scale;
  draw();
}

function bring(box) {
  const { width, height } = graph.getBoundingClientRect();
  view.scale = Math.max(view.scale, 0.8);
  view.x = width / 2 - (box.x + box.width / 2) * view.scale;
  view.y = height / 2 - (box.y + Math.min(box.height, height / view.scale) / 2) * view.scale;
}

// The item under the pointer, or the title of an open group.
function under(event) {
  const box = graph.getBoundingClientRect();
  const x = (event.clientX - box.left - view.x) / view.scale, y = (event.clientY - box.top - view.y) / view.scale;
  const isIn = (of, height) => x >= of.x && x <= of.x + of.width && y >= of.y && y <= of.y + height;
  const item = state.scene.items.find((item) => isIn(item, item.height));
  if (item) return item.kind === GROUP ? { group: item.group } : { id: item.id };
  const frames = state.scene.frames.filter((frame) => frame.parent && isIn(frame, TITLE + PAD));
  return frames.length ? { group: frames[frames.length - 1].group } : null;
}
