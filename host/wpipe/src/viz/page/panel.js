// The panel: all that is known of what is chosen.

const MOST_LISTED = 50;

function vertexButton(id, parent, note) {
  const vertex = state.model.vertices[id];
  const made = element("button", vertex.name, element("li", undefined, parent));
  made.type = "button";
  if (note) element("small", ` ${note}`, made);
  made.addEventListener("click", () => choose({ id }, true));
}

function section(title, parent) {
  element("h3", title, parent);
}

function facts(rows, parent) {
  const list = element("dl", undefined, parent);
  for (const [title, value] of rows) {
    if (isMissing(value) || value === "") continue;
    element("dt", title, list);
    element("dd", value, list);
  }
}

function command(text, parent) {
  const box = element("div", undefined, parent, "command");
  element("code", text, box);
  const copy = element("button", "Copy", box);
  copy.type = "button";
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      // A page from disk may not be allowed to: the text is chosen for the reader.
      getSelection().selectAllChildren(box.firstChild);
      copy.textContent = "Press Ctrl+C";
    }
  });
}

function describe() {
  const details = at("details");
  details.replaceChildren();
  if (state.chosen === null) return describeRun(details);
  if (state.chosen.group) return describeGroup(state.chosen.group, details);
  const { model } = state, id = state.chosen.id, vertex = model.vertices[id];
  title(vertex.name, vertex.kind, vertex.status, details);
  if (vertex.why) element("p", vertex.why, details);
  facts([["time", time(vertex.seconds)], ["rows", vertex.rows?.toLocaleString("en")], ["size", size(vertex.bytes)],
    ["transport", vertex.transport], ["value", isMissing(vertex.value) ? null : JSON.stringify(vertex.value)],
    ...Object.entries(vertex.facts), ["tags", vertex.tags.join(", ")]], details);
  if (vertex.error) { section("Error", details); element("pre", vertex.error, details, "error"); }
  const isNode = vertex.kind === "node";
  flows(isNode ? "Inputs" : "Made by", model.into[id].map((edge) => model.edges[edge].from), details);
  flows(isNode ? "Outputs" : "Read by", model.out[id].map((edge) => model.edges[edge].to), details);
  if (vertex.log.length) {
    section("Log", details);
    const log = element("pre", undefined, details, "log");
    log.tabIndex = 0;
    for (const { level, message, part } of vertex.log) {
      element("span", `${level.padEnd(5)} `, log, `level ${level}`);
      log.append(`${part ? `${part}: ` : ""}${message}\n`);
    }
    if (vertex.log_left_out) element("p", `and ${counted(vertex.log_left_out, "earlier line")}, in the journal`, details, "faint");
  }
  if (vertex.command) {
    section(isNode ? "Run it again" : vertex.kind === "dataset" ? "Look into it" : "Set it", details);
    command(vertex.command, details);
  }
}

function title(name, kind, status, parent) {
  element("h2", name, parent);
  const line = element("p", kind, parent, "kind");
  if (status) element("span", `${MARKS[status]} ${words(status)}`, line, `badge ${status}`);
}

function flows(name, ids, parent) {
  if (!ids.length) return;
  section(name, parent);
  const list = element("ul", undefined, parent);
  const note = ({ kind, rows, bytes, transport, value, status }) => kind === "dataset"
    ? [isMissing(rows) ? null : counted(rows, "row"), size(bytes), transport].filter(Boolean).join(" · ")
    : kind === "parameter" ? (isMissing(value) ? "" : `= ${JSON.stringify(value)}`) : status ? words(status) : "";
  ids.slice(0, MOST_LISTED).forEach((id) => vertexButton(id, list, note(state.model.vertices[id])));
  if (ids.length > MOST_LISTED) element("li", `and ${ids.length - MOST_LISTED} more`, list);
}

function describeGroup(group, details) {
  const { model } = state, record = model.picture.groups[group.place];
  title(group.name, group.sort, statusOf(model, { kind: GROUP, group }), details);
  const nodes = group.all.filter((id) => model.vertices[id].kind === "node");
  const counts = new Map();
  nodes.forEach((id) => { const { status } = model.vertices[id]; if (status) counts.set(status, (counts.get(status) ?? 0) + 1); });
  facts([["nodes", nodes.length], ...[...counts].map(([status, count]) => [words(status), count]),
    ["partitions", record?.partitions && `${record.partitions[0]} of ${record.partitions[2]} went through, ${record.partitions[1]} failed`],
    ["time of nodes", time(nodes.some((id) => !isMissing(model.vertices[id].seconds))
      ? nodes.reduce((sum, id) => sum + (model.vertices[id].seconds ?? 0), 0) : null)]], details);
  const fold = element("button", state.folded.has(group.key) ? "Unfold (Enter)" : "Fold (Enter)", details, "action");
  fold.type = "button";
  fold.addEventListener("click", () => toggle(group));
  const failed = Object.entries(record?.failed ?? {});
  if (failed.length) {
    section("Partitions that failed", details);
    for (const [id, reason] of failed.slice(0, MOST_LISTED)) {
      element("h4", id, details);
      element("pre", reason, details, "error");
    }
    if (failed.length > MOST_LISTED) element("p", `and ${failed.length - MOST_LISTED} more`, details);
  }
  section("Nodes", details);
  const list = element("ul", undefined, details);
  nodes.slice(0, MOST_LISTED).forEach((id) => vertexButton(id, list, model.vertices[id].status ? words(model.vertices[id].status) : ""));
  if (nodes.length > MOST_LISTED) element("li", `and ${nodes.length - MOST_LISTED} more`, list);
}

function describeRun(details) {
  const { picture, vertices } = state.model, { run } = picture;
  const count = (kind, test = () => true) => vertices.filter((vertex) => vertex.kind === kind && test(vertex)).length;
  element("h2", picture.pipeline, details);
  if (run) {
    const status = { completed: "completed", running: "running", failed: "failed" }[run.state] ?? "failed";
    element("span", `${MARKS[status]} ${run.state}`, element("p", "run", details, "kind"), `badge ${status}`);
  }
  facts([["nodes", count("node")], ["datasets", count("dataset")], ["parameters", count("parameter")],
    ...(run ? [["run", run.id], ["time", time(run.seconds)], ["completed", count("node", (node) => node.status === "completed")],
      ["failed", count("node", (node) => node.status === "failed")], ["not run", count("node", (node) => node.status === "not_run")],
      ["durable", count("dataset", (dataset) => dataset.status === "completed")]] : [])], details);
  for (const error of run?.errors ?? []) element("pre", error, details, "error");
  const slowest = [...vertices.keys()].filter((id) => vertices[id].kind === "node" && !isMissing(vertices[id].seconds))
    .sort((one, other) => vertices[other].seconds - vertices[one].seconds).slice(0, 5);
  if (slowest.length > 1) {
    section("Slowest nodes", details);
    const list = element("ul", undefined, details);
    slowest.forEach((id) => vertexButton(id, list, time(vertices[id].seconds)));
  }
}
