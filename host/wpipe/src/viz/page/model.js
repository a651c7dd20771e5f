// The model: vertices, the groups that they fold into, and the scene that is left of them when some are folded.
//
//   picture (from the host) ──► model (vertices, tree of groups) ──► scene (items and links) ──► layout ──► canvas
//                                                 folded groups, hidden kinds ──┘

const GROUP = "group";

// Above so many items a graph is begun with its namespaces folded, and without parameters.
const MANY = 160;

function modelOf(picture) {
  const { vertices, edges } = picture;
  const into = vertices.map(() => []), out = vertices.map(() => []);
  edges.forEach(({ from, to }, at) => { out[from].push(at); into[to].push(at); });
  return { picture, vertices, edges, into, out };
}

// The path of groups that each vertex lies in, from the outermost.
function pathsOf(model, grouping) {
  const { vertices, edges, into, out } = model;
  const own = vertices.map((vertex) => vertex.kind !== "node" ? null
    : grouping === "tags" ? vertex.tags.slice(0, 1).map((tag) => ({ kind: "tag", name: tag }))
    : grouping === "structure" ? structure(model, vertex) : []);
  return vertices.map((vertex, id) => {
    if (own[id]) return own[id];
    const makers = into[id].map((edge) => own[edges[edge].from]), readers = out[id].map((edge) => own[edges[edge].to]);
    const common = (paths) => paths.length ? paths.reduce(shared) : [];
    // What goes into a group from outside stays visible when it is folded; parameters of one group do not.
    if (!makers.length) return vertex.kind === "parameter" ? common(readers) : common(readers).slice(0, -1);
    const path = common(makers), last = path[path.length - 1];
    // So does what a multipipeline makes for others.
    const isRead = readers.some((reader) => shared(reader, path).length === path.length);
    return last?.kind === "multipipeline" && !isRead ? path.slice(0, -1) : path;
  });
}

const shared = (one, other) => {
  let length = 0;
  while (length < one.length && length < other.length && one[length].name === other[length].name
    && one[length].kind === other[length].kind) length += 1;
  return one.slice(0, length);
};

// A multipipeline stands in the namespace that all of its nodes have, and what they have beyond it is within.
function structure(model, vertex) {
  const spaces = (of) => (of.facts.namespace ? of.facts.namespace.split(".") : []).map((name) => ({ kind: "namespace", name }));
  if (vertex.group === null) return spaces(vertex);
  const around = model.around ??= new Map();
  if (!around.has(vertex.group)) {
    const members = model.vertices.filter((other) => other.kind === "node" && other.group === vertex.group);
    around.set(vertex.group, members.map(spaces).reduce(shared));
  }
  const outer = around.get(vertex.group), { name } = model.picture.groups[vertex.group];
  return [...outer, { kind: "multipipeline", name, place: vertex.group }, ...spaces(vertex).slice(outer.length)];
}

// The tree of groups, by keys; each knows its parts and all vertices below it.
function treeOf(model, grouping) {
  const root = { key: "", kind: GROUP, name: "", parent: null, groups: [], own: [], all: [], depth: 0 };
  const groups = new Map([["", root]]), parents = [];
  pathsOf(model, grouping).forEach((path, id) => {
    let group = root;
    group.all.push(id);
    for (const step of path) {
      const key = `${group.key}/${step.kind}:${step.name}`;
      let below = groups.get(key);
      if (!below) {
        below = { key, kind: GROUP, sort: step.kind, name: step.name, place: step.place ?? null, parent: group, groups: [],
          own: [], all: [], depth: group.depth + 1 };
        groups.set(key, below);
        group.groups.push(below);
      }
      group = below;
      group.all.push(id);
    }
    group.own.push(id);
    parents[id] = group;
  });
  return { root, groups, parents };
}

// The groups that a graph is begun with folded: multipipelines, and namespaces of a graph that would be too large.
function foldedAtFirst(tree, model) {
  const isLarge = model.vertices.length > MANY;
  return new Set([...tree.groups.values()].filter((group) => group.sort === "multipipeline" || (isLarge && group.parent))
    .map((group) => group.key));
}

// What is to be seen: an item for each vertex and folded group, in frames; and the links between them.
function sceneOf(model, tree, folded, hidden) {
  const items = [], byVertex = new Map(), frames = [];
  const frame = (group, parent) => {
    const made = { group, parent, items: [], kind: "frame", name: group.name };
    frames.push(made);
    for (const below of group.groups) {
      if (!below.all.some((id) => !hidden.has(model.vertices[id].kind))) continue;
      if (folded.has(below.key)) {
        const item = { kind: GROUP, group: below, name: below.name, frame: made };
        items.push(item);
        made.items.push(item);
        below.all.forEach((id) => byVertex.set(id, item));
      } else made.items.push(frame(below, made));
    }
    for (const id of group.own) {
      const vertex = model.vertices[id];
      if (hidden.has(vertex.kind)) continue;
      const item = { kind: vertex.kind, id, vertex, name: vertex.name, frame: made };
      items.push(item);
      made.items.push(item);
      byVertex.set(id, item);
    }
    return made;
  };
  const root = frame(tree.root, null);
  const links = new Map();
  items.forEach((item, at) => { item.at = at; item.into = []; item.out = []; });
  model.edges.forEach((edge, at) => {
    const from = byVertex.get(edge.from), to = byVertex.get(edge.to);
    if (!from || !to || from === to) return;
    const key = from.at * items.length + to.at;
    let link = links.get(key);
    if (!link) {
      link = { from, to, edges: [] };
      links.set(key, link);
      from.out.push(link);
      to.into.push(link);
    }
    link.edges.push(at);
  });
  return { items, links: [...links.values()], frames, root, byVertex };
}

// The state of a group by those of its nodes.
function stateOf(model, group) {
  const states = new Set(group.all.map((id) => model.vertices[id]).filter((vertex) => vertex.kind === "node")
    .map((vertex) => vertex.status));
  for (const state of ["failed", "running"]) if (states.has(state)) return state;
  return states.size > 1 ? "running_or_not" : [...states][0] ?? null;
}

const statusOf = (model, item) => {
  if (item.kind !== GROUP) return item.vertex.status;
  const state = stateOf(model, item.group);
  return state === "running_or_not" ? (model.picture.run?.state === "running" ? "running" : "not_run") : state;
};
