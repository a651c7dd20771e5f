// The state of the page, and what the reader does with it.

const state = { model: null, tree: null, scene: null, folded: new Set(), hidden: new Set(), chosen: null, shown: null,
  grouping: "structure", spans: null, showsTimes: true, map: null };

const isShown = (item) => state.shown === null || (item.kind === GROUP ? item.group.all.some((id) => state.shown.has(id)) : state.shown.has(item.id));
const isChosenItem = (item) => state.chosen !== null && (item.kind === GROUP ? item.group === state.chosen.group || item.group.all.includes(state.chosen.id)
  : item.id === state.chosen.id);

function rebuild() {
  state.scene = sceneOf(state.model, state.tree, state.folded, state.hidden);
  measure(state.scene, state.model);
  layOut(state.scene);
}

function regroup(grouping) {
  state.grouping = grouping;
  state.tree = treeOf(state.model, grouping);
  state.folded = foldedAtFirst(state.tree, state.model);
  if (state.chosen?.group) state.chosen = null;
  const hasGroups = state.tree.groups.size > 1;
  at("fold").disabled = at("unfold").disabled = !hasGroups;
}

// Shows another picture: the first, or a later one of a run that goes on. What the reader has chosen stays.
function show(picture) {
  const before = state.model?.picture;
  const isSame = before && before.vertices.length === picture.vertices.length
    && before.vertices.every((vertex, id) => vertex.name === picture.vertices[id].name);
  state.model = modelOf(picture);
  if (isSame) {
    const { folded, chosen } = state;
    state.tree = treeOf(state.model, state.grouping);
    state.folded = folded;
    if (chosen?.group) state.chosen = { group: state.tree.groups.get(chosen.group.key) };
  } else {
    if (picture.vertices.length > MANY) state.hidden.add("parameter");
    state.chosen = null;
    regroup("structure");
  }
  state.spans = placeSpans(picture.timeline);
  rebuild();
  const { run } = picture;
  document.title = at("title").textContent = picture.pipeline;
  at("run").textContent = run ? `run ${run.id}: ${run.state}${isMissing(run.seconds) ? "" : `, ${time(run.seconds)}`}` : "not run";
  options("tag", [...new Set(picture.vertices.flatMap((vertex) => vertex.tags))].sort());
  options("state", [...new Set(picture.vertices.map((vertex) => vertex.status).filter(Boolean))]);
  at("parameters").checked = !state.hidden.has("parameter");
  at("toggle-times").disabled = !picture.timeline.length;
  filter();
  describe();
  redraw();
  if (!isSame) begin();
}

function options(list, values) {
  const select = at(list), { value } = select;
  select.replaceChildren(...["", ...values].map((value) => {
    const option = element("option", value ? words(value) : "all");
    option.value = value;
    return option;
  }));
  select.value = values.includes(value) ? value : "";
  select.disabled = !values.length;
}

// Changes what is folded or hidden, while what the reader looks at stays where it is.
function change(act, anchor) {
  const place = () => anchor && (anchor.group ? state.scene.items.find((item) => item.group === anchor.group)
    ?? state.scene.frames.find((frame) => frame.group === anchor.group) : state.scene.byVertex.get(anchor.id));
  const before = place();
  const seen = before && [view.x + before.x * view.scale, view.y + before.y * view.scale];
  act();
  rebuild();
  const after = place();
  if (seen && after) { view.x = seen[0] - after.x * view.scale; view.y = seen[1] - after.y * view.scale; }
  describe();
  draw();
}

function toggle(group) {
  change(() => { if (!state.folded.delete(group.key)) state.folded.add(group.key); }, { group });
}

function choose(chosen, isToBeSeen) {
  // What lies in folded groups is unfolded, to be seen.
  if (isToBeSeen && chosen && !isMissing(chosen.id)) {
    const around = [];
    for (let group = state.tree.parents[chosen.id]; group.parent; group = group.parent) around.push(group.key);
    const { kind } = state.model.vertices[chosen.id];
    if (around.some((key) => state.folded.has(key)) || state.hidden.has(kind)) {
      around.forEach((key) => state.folded.delete(key));
      state.hidden.delete(kind);
      at("parameters").checked = !state.hidden.has("parameter");
      rebuild();
    }
  }
  state.chosen = chosen;
  if (chosen && isToBeSeen) {
    const box = chosen.group ? state.scene.items.find((item) => item.group === chosen.group) ?? state.scene.frames.find((frame) => frame.group === chosen.group)
      : state.scene.byVertex.get(chosen.id);
    if (box) bring(box);
  }
  describe();
  drawTimeline();
  draw();
}

/* Search and filters. */
function filter() {
  const text = at("search").value.trim().toLowerCase(), tag = at("tag").value, status = at("state").value;
  const isAsked = text || tag || status;
  const { vertices } = state.model;
  const isMeant = (vertex) => vertex.name.toLowerCase().includes(text) && (!tag || vertex.tags.includes(tag))
    && (!status || vertex.status === status);
  const ids = [...vertices.keys()].filter((id) => isAsked ? isMeant(vertices[id]) : vertices[id].kind === "node");
  state.shown = isAsked ? new Set(ids) : null;
  at("found-title").textContent = isAsked ? `Found ${ids.length.toLocaleString("en")}` : "Nodes";
  const found = at("found");
  found.replaceChildren();
  ids.slice(0, MOST_LISTED).forEach((id) => vertexButton(id, found, vertices[id].kind === "node" ? "" : vertices[id].kind));
  if (ids.length > MOST_LISTED) element("li", `and ${(ids.length - MOST_LISTED).toLocaleString("en")} more`, found);
  draw();
}

/* The pointer. */
let held = null;
graph.addEventListener("pointerdown", (event) => {
  held = { x: event.clientX, y: event.clientY, isMoved: false, isOnMap: toMap(event) };
  graph.setPointerCapture(event.pointerId);
});
graph.addEventListener("pointermove", (event) => {
  if (!held) {
    const over = under(event);
    graph.style.cursor = over ? "pointer" : "grab";
    graph.title = over ? over.group?.name ?? state.model.vertices[over.id].name : "";
    return;
  }
  if (held.isOnMap) { toMap(event); return; }
  const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
  if (!held.isMoved && Math.hypot(dx, dy) < 4) return;
  Object.assign(held, { x: event.clientX, y: event.clientY, isMoved: true });
  view.x += dx;
  view.y += dy;
  draw();
});
graph.addEventListener("pointerup", (event) => {
  if (held && !held.isMoved && !held.isOnMap) choose(under(event), false);
  held = null;
});
graph.addEventListener("dblclick", (event) => { const over = under(event); if (over?.group) toggle(over.group); });
graph.addEventListener("wheel", (event) => {
  event.preventDefault();
  const box = graph.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });

function toMap(event) {
  if (!state.map) return false;
  const box = graph.getBoundingClientRect(), { left, top, scale } = state.map;
  const [x, y] = [(event.clientX - box.left - left) / scale, (event.clientY - box.top - top) / scale];
  if (x < 0 || y < 0) return false;
  view.x = box.width / 2 - x * view.scale;
  view.y = box.height / 2 - y * view.scale;
  draw();
  return true;
}

/* The keyboard. */
const chosenItem = () => state.chosen && state.scene.items.find(isChosenItem);
const chooseItem = (item) => item && choose(item.kind === GROUP ? { group: item.group } : { id: item.id }, true);

function go(key) {
  const from = chosenItem(), open = state.chosen?.group && state.scene.frames.find((frame) => frame.group === state.chosen.group);
  // From an open group one goes into it.
  if (open) return chooseItem(itemsIn(open).filter((item) => item.kind === "node").sort((one, other) => one.x - other.x)[0]);
  if (!from) return chooseItem(state.scene.items.reduce((first, item) => item.x < first.x ? item : first, state.scene.items[0]));
  const nearest = (items) => items.sort((one, other) => Math.abs(one.y - from.y) - Math.abs(other.y - from.y))[0];
  if (key === "ArrowRight") return chooseItem(nearest(from.out.map((link) => link.to)));
  if (key === "ArrowLeft") return chooseItem(nearest(from.into.map((link) => link.from)));
  const beside = state.scene.items.filter((item) => item.frame === from.frame && Math.abs(item.x - from.x) < 1
    && (key === "ArrowUp" ? item.y < from.y : item.y > from.y));
  return chooseItem(nearest(beside));
}

graph.addEventListener("keydown", (event) => {
  const { width, height } = graph.getBoundingClientRect();
  if (event.key.startsWith("Arrow") && state.scene.items.length) {
    event.preventDefault();
    go(event.key);
  } else if (event.key === "Enter") {
    const group = state.chosen?.group ?? (isMissing(state.chosen?.id) ? null : state.tree.parents[state.chosen.id]);
    if (group?.parent) { choose({ group }, false); toggle(group); }
  } else if (event.key === "+" || event.key === "=") zoom(1.25, width / 2, height / 2);
  else if (event.key === "-") zoom(0.8, width / 2, height / 2);
});
document.addEventListener("keydown", (event) => {
  const isTyping = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName);
  if (event.key === "Escape") {
    if (at("help").open) return;
    ["search", "tag", "state"].forEach((id) => { at(id).value = ""; });
    filter();
    choose(null);
    if (isTyping) event.target.blur();
    return;
  }
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = { "/": () => at("search").focus(), 0: fit, f: () => foldAll(true), u: () => foldAll(false),
    p: () => at("parameters").click(), t: () => at("toggle-times").click(), "?": () => at("help").showModal() }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

/* The controls. */
function foldAll(isFolded) {
  change(() => {
    const keys = [...state.tree.groups.values()].filter((group) => group.parent).map((group) => group.key);
    state.folded = new Set(isFolded ? keys : []);
  });
  fit();
}
at("search").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !state.shown?.size) return;
  choose({ id: [...state.shown][0] }, true);
  graph.focus();
});
["search", "tag", "state"].forEach((id) => at(id).addEventListener("input", filter));
at("grouping").addEventListener("input", () => { regroup(at("grouping").value); rebuild(); describe(); fit(); });
at("parameters").addEventListener("input", () => change(() => {
  if (at("parameters").checked) state.hidden.delete("parameter");
  else state.hidden.add("parameter");
}, state.chosen));
at("fold").addEventListener("click", () => foldAll(true));
at("unfold").addEventListener("click", () => foldAll(false));
at("fit").addEventListener("click", fit);
at("toggle-times").addEventListener("click", () => {
  state.showsTimes = !state.showsTimes;
  at("toggle-times").setAttribute("aria-pressed", state.showsTimes);
  redraw();
});
at("open-help").addEventListener("click", () => at("help").showModal());
at("theme").addEventListener("input", () => {
  document.documentElement.style.colorScheme = at("theme").value;
  redraw();
});

function redraw() {
  readColours();
  drawTimeline();
  draw();
}
window.addEventListener("resize", redraw);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
readColours();
show(JSON.parse(at("picture").textContent));

/* A server tells how the run goes on. */
if (document.documentElement.dataset.live) {
  const events = new EventSource("events");
  events.addEventListener("message", (event) => show(JSON.parse(event.data)));
  events.addEventListener("open", () => { at("live").textContent = "● live"; });
  events.addEventListener("error", () => { at("live").textContent = "○ not connected"; });
}
