// The layout: layers from left to right, by Sugiyama's method, in frames within frames.
//
// Each frame is laid out by itself, its open groups as boxes, so that a group stays together and folding it moves only what
// is around it. Layers are longest paths; crossings are reduced by barycentres; heights are the nearest ones to a vertex's
// neighbours that keep its order (by the pool of adjacent violators).

const GAP = 14, LAYER_GAP = 48, PAD = 14, TITLE = 20, PART_GAP = 28;
// Above so many points in a frame, edges over several layers are not led around what lies between.
const MOST_BENDS = 6000;
const SWEEPS = 8;

function layOut(scene) {
  place(scene.root, scene);
  const settle = (frame, x, y) => {
    frame.x = x;
    frame.y = y;
    for (const item of frame.items) {
      if (item.kind === "frame") settle(item, x + item.left, y + item.top);
      else { item.x = x + item.left; item.y = y + item.top; }
    }
    for (const link of frame.links) link.bends = link.inner.map(([left, top]) => [x + left, y + top]);
  };
  scene.links.forEach((link) => { link.bends = []; });
  settle(scene.root, 0, 0);
}

// The direct part of a frame in which an item lies.
function partOf(item, frame) {
  let part = item;
  for (let around = item.frame; around !== frame; around = around.parent) {
    if (!around) return null;
    part = around;
  }
  return part;
}

function place(frame, scene) {
  frame.links = [];
  for (const item of frame.items) if (item.kind === "frame") place(item, scene);
  const arcs = new Map(), index = new Map(frame.items.map((item, at) => [item, at]));
  const within = itemsIn(frame);
  const seen = frame.parent ? within.flatMap((item) => item.out) : scene.links;
  for (const link of seen) {
    const from = index.get(partOf(link.from, frame)), to = index.get(partOf(link.to, frame));
    if (from === undefined || to === undefined || from === to) continue;
    const key = from * frame.items.length + to;
    const arc = arcs.get(key) ?? arcs.set(key, { from, to, links: [] }).get(key);
    if (link.from.frame === frame && link.to.frame === frame) { arc.links.push(link); frame.links.push(link); }
  }
  const size = { width: 0, height: 0 };
  const top = frame.parent ? TITLE + PAD : 0, side = frame.parent ? PAD : 0;
  pack(parts(frame.items, [...arcs.values()]).map((part) => layPart(frame.items, part)), size);
  for (const item of frame.items) { item.left += side; item.top += top; }
  for (const link of frame.links) link.inner = link.inner.map(([x, y]) => [x + side, y + top]);
  frame.width = Math.max(size.width, frame.parent ? frame.name.length * 7 + 30 : 0) + 2 * side;
  frame.height = size.height + top + side;
}

// The parts of a frame that no arc joins.
function parts(items, arcs) {
  const root = items.map((_, at) => at);
  const find = (at) => { while (root[at] !== at) { root[at] = root[root[at]]; at = root[at]; } return at; };
  for (const { from, to } of arcs) root[find(from)] = find(to);
  const found = new Map();
  items.forEach((_, at) => {
    const part = found.get(find(at)) ?? found.set(find(at), { ids: [], arcs: [] }).get(find(at));
    part.ids.push(at);
  });
  arcs.forEach((arc) => found.get(find(arc.from)).arcs.push(arc));
  return [...found.values()];
}

// Puts parts below each other, and small ones beside each other as well.
function pack(boxes, size) {
  const area = boxes.reduce((sum, box) => sum + (box.width + PART_GAP) * (box.height + PART_GAP), 0);
  const most = Math.max(Math.sqrt(area * 1.8), ...boxes.map((box) => box.width));
  let [x, y, high] = [0, 0, 0];
  for (const box of boxes) {
    if (x > 0 && x + box.width > most) { y += high + PART_GAP; x = 0; high = 0; }
    box.move(x, y);
    x += box.width + PART_GAP;
    high = Math.max(high, box.height);
    size.width = Math.max(size.width, x - PART_GAP);
    size.height = Math.max(size.height, y + box.height);
  }
}

function layPart(items, part) {
  const points = part.ids.map((at) => ({ item: items[at], width: items[at].width, height: items[at].height, before: [], behind: [] }));
  const byId = new Map(part.ids.map((at, point) => [at, points[point]]));
  const arcs = part.arcs.map((arc) => ({ ...arc, from: byId.get(arc.from), to: byId.get(arc.to) }));
  layers(points, arcs);
  const bends = arcs.reduce((sum, { from, to }) => sum + Math.max(to.layer - from.layer - 1, 0), 0);
  for (const arc of arcs) join(arc, points, bends <= MOST_BENDS);
  const rows = [];
  for (const point of points) (rows[point.layer] ??= []).push(point);
  order(rows, bends + arcs.length);
  const columns = rows.map((row) => Math.max(...row.map((point) => point.width)));
  heights(rows);
  const top = Math.min(...points.map((point) => point.y - point.height / 2));
  const height = Math.max(...points.map((point) => point.y + point.height / 2)) - top;
  const lefts = [];
  columns.reduce((left, width) => { lefts.push(left); return left + width + LAYER_GAP; }, 0);
  const width = lefts[lefts.length - 1] + columns[columns.length - 1];
  const move = (x, y) => {
    for (const point of points) {
      if (!point.item) continue;
      point.item.left = x + lefts[point.layer];
      point.item.top = y + point.y - point.height / 2 - top;
    }
    for (const { links, chain } of arcs) for (const link of links) {
      // Two ends, so that an edge crosses a column straight.
      link.inner = chain.flatMap((point) => [[x + lefts[point.layer], y + point.y - top],
        [x + lefts[point.layer] + columns[point.layer], y + point.y - top]]);
    }
  };
  return { width, height, move };
}

// The longest path to each point; what would close a circle is turned. A source stands right before its first reader.
function layers(points, arcs) {
  for (const arc of arcs) arc.from.behind.push(arc);
  const state = new Map(), done = [];
  for (const start of points) {
    if (state.has(start)) continue;
    const stack = [[start, 0]];
    state.set(start, 1);
    while (stack.length) {
      const top = stack[stack.length - 1], [point, next] = top;
      if (next === point.behind.length) { stack.pop(); state.set(point, 2); done.push(point); continue; }
      top[1] += 1;
      const arc = point.behind[next], to = arc.to;
      if (state.get(to) === 1) arc.isBack = true;
      else if (!state.has(to)) { state.set(to, 1); stack.push([to, 0]); }
    }
  }
  for (const point of points) { point.layer = 0; point.behind = point.behind.filter((arc) => !arc.isBack); }
  for (let at = done.length - 1; at >= 0; at -= 1) {
    for (const { to } of done[at].behind) to.layer = Math.max(to.layer, done[at].layer + 1);
  }
  const isRead = new Set(arcs.filter((arc) => !arc.isBack).map((arc) => arc.to));
  for (const point of points) {
    if (isRead.has(point) || !point.behind.length) continue;
    point.layer = Math.min(...point.behind.map((arc) => arc.to.layer)) - 1;
  }
  for (const point of points) point.behind = [];
}

// Joins both ends, through a point in each layer between.
function join(arc, points, isLed) {
  const [from, to] = arc.from.layer <= arc.to.layer ? [arc.from, arc.to] : [arc.to, arc.from];
  arc.chain = [];
  let last = from;
  const tie = (one, other) => { one.behind.push(other); other.before.push(one); };
  for (let layer = from.layer + 1; isLed && layer < to.layer; layer += 1) {
    const point = { item: null, width: 0, height: 6, layer, before: [], behind: [] };
    tie(last, point);
    points.push(point);
    arc.chain.push(point);
    last = point;
  }
  tie(last, to);
  if (from !== arc.from) arc.chain.reverse();
}

function order(rows, edges) {
  // At first in the order of a search from the left, which keeps chains together.
  const seen = new Set(), sorted = rows.map(() => []);
  const stack = rows.flat().filter((point) => !point.before.length).reverse();
  while (stack.length) {
    const point = stack.pop();
    if (seen.has(point)) continue;
    seen.add(point);
    sorted[point.layer].push(point);
    for (let at = point.behind.length - 1; at >= 0; at -= 1) stack.push(point.behind[at]);
  }
  rows.forEach((row, layer) => {
    row.filter((point) => !seen.has(point)).forEach((point) => sorted[layer].push(point));
    row.splice(0, row.length, ...sorted[layer]);
  });
  const number = () => rows.forEach((row) => row.forEach((point, at) => { point.at = at; }));
  number();
  let [fewest, best] = [crossings(rows), rows.map((row) => [...row])];
  for (let sweep = 0; sweep < (edges > 20000 ? 3 : SWEEPS) && fewest; sweep += 1) {
    const isForward = sweep % 2 === 0;
    for (const row of isForward ? rows : [...rows].reverse()) {
      for (const point of row) {
        const beside = isForward ? point.before : point.behind;
        point.wish = beside.length ? beside.reduce((sum, other) => sum + (other.at + 0.5) / rows[other.layer].length, 0) / beside.length
          : (point.at + 0.5) / row.length;
      }
      row.sort((one, other) => one.wish - other.wish || one.at - other.at);
      row.forEach((point, at) => { point.at = at; });
    }
    const count = crossings(rows);
    if (count < fewest) [fewest, best] = [count, rows.map((row) => [...row])];
  }
  best.forEach((row, layer) => { rows[layer] = row; });
  number();
}

// The number of crossings between neighbouring layers, by an accumulator tree.
function crossings(rows) {
  let count = 0;
  for (let layer = 0; layer + 1 < rows.length; layer += 1) {
    const ends = rows[layer].flatMap((point) => point.behind.filter((to) => to.layer === layer + 1).map((to) => to.at)
      .sort((one, other) => one - other));
    const tree = new Uint32Array(rows[layer + 1].length + 1);
    ends.forEach((end, before) => {
      let below = 0;
      for (let at = end + 1; at > 0; at -= at & -at) below += tree[at];
      count += before - below;
      for (let at = end + 1; at < tree.length; at += at & -at) tree[at] += 1;
    });
  }
  return count;
}

function heights(rows) {
  for (const row of rows) {
    let y = 0;
    for (const point of row) { point.y = y + point.height / 2; y += point.height + GAP; }
  }
  const middle = Math.max(...rows.map((row) => row[row.length - 1].y));
  for (const row of rows) {
    const shift = (middle - row[row.length - 1].y) / 2;
    for (const point of row) point.y += shift;
  }
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isForward = sweep % 2 === 0;
    for (const row of isForward ? rows : [...rows].reverse()) {
      const beside = (point) => sweep === SWEEPS - 1 ? [...point.before, ...point.behind] : isForward ? point.before : point.behind;
      settleRow(row, row.map((point) => {
        const others = beside(point);
        return others.length ? others.reduce((sum, other) => sum + other.y, 0) / others.length : point.y;
      }));
    }
  }
}

// The places nearest to those wished for, in the order of the row and without overlaps.
function settleRow(row, wishes) {
  const blocks = [];
  let offset = 0;
  row.forEach((point, at) => {
    if (at) offset += (row[at - 1].height + point.height) / 2 + GAP;
    point.offset = offset;
    let block = { sum: wishes[at] - offset, count: 1 };
    while (blocks.length && blocks[blocks.length - 1].sum / blocks[blocks.length - 1].count >= block.sum / block.count) {
      const before = blocks.pop();
      block = { sum: before.sum + block.sum, count: before.count + block.count };
    }
    blocks.push(block);
  });
  let at = 0;
  for (const { sum, count } of blocks) for (let left = count; left; left -= 1, at += 1) row[at].y = sum / count + row[at].offset;
}

const itemsIn = (frame) => frame.items.flatMap((item) => item.kind === "frame" ? itemsIn(item) : [item]);
