// The timeline: a lane for each worker, and for loads, saves and waits.

const BAR = 16, MOST_ROWS = 8, LEFT = 84, AXIS = 20;
const lane = at("timeline"), lanePen = lane.getContext("2d");
const timeView = { from: 0, to: 1 };
const LANES = { load: "loads", save: "saves", wait: "waits" };

const laneOf = (span) => LANES[span.kind] ?? (isMissing(span.worker) ? "driver" : `worker ${span.worker + 1}`);
const laneRank = (name) => ({ loads: 1e6, saves: 1e6 + 1, waits: 1e6 + 2, driver: 0 })[name] ?? Number(name.slice(7));

function placeSpans(timeline) {
  const ends = new Map();
  const last = timeline.reduce((last, span) => Math.max(last, span.end ?? span.start), 0) || 1e-3;
  for (const span of timeline) {
    span.lane = laneOf(span);
    const rows = ends.get(span.lane) ?? ends.set(span.lane, []).get(span.lane);
    let row = rows.findIndex((end) => end <= span.start + 1e-9);
    if (row < 0) row = rows.length;
    rows[row] = span.end ?? last;
    // What does not fit lies over the last row.
    span.row = Math.min(row, MOST_ROWS - 1);
  }
  let top = AXIS;
  const lanes = new Map();
  for (const name of [...ends.keys()].sort((one, other) => laneRank(one) - laneRank(other))) {
    lanes.set(name, top);
    top += Math.min(ends.get(name).length, MOST_ROWS) * BAR + 6;
  }
  return { last, lanes, height: top + 4 };
}

const laneX = (seconds, width) => LEFT + (seconds / state.spans.last - timeView.from) / (timeView.to - timeView.from) * (width - LEFT - 12);

function drawTimeline() {
  const { timeline } = state.model.picture;
  at("times").hidden = !timeline.length || !state.showsTimes;
  if (at("times").hidden) return;
  lane.style.height = `${state.spans.height}px`;
  const { ratio, width, height } = fitCanvas(lane);
  lanePen.setTransform(ratio, 0, 0, ratio, 0, 0);
  lanePen.fillStyle = colours.back;
  lanePen.fillRect(0, 0, width, height);
  lanePen.font = `11px ${FONT}`;
  lanePen.textBaseline = "middle";
  lanePen.save();
  lanePen.beginPath();
  lanePen.rect(LEFT, 0, width - LEFT, height);
  lanePen.clip();
  const span = (timeView.to - timeView.from) * state.spans.last;
  for (let part = 0; part <= 4; part += 1) {
    const x = LEFT + (width - LEFT - 12) * part / 4;
    lanePen.fillStyle = colours.rule;
    lanePen.fillRect(Math.round(x), AXIS - 4, 1, height);
    lanePen.fillStyle = colours.faint;
    lanePen.textAlign = part === 4 ? "right" : "left";
    lanePen.fillText(time(timeView.from * state.spans.last + span * part / 4), x, 9);
  }
  lanePen.textAlign = "left";
  for (const one of timeline) drawSpan(one, width);
  lanePen.restore();
  lanePen.fillStyle = colours.faint;
  for (const [name, top] of state.spans.lanes) lanePen.fillText(name, 8, top + BAR / 2);
}

function drawSpan(span, width) {
  const x = laneX(span.start, width), end = laneX(span.end ?? state.spans.last, width);
  if (end < LEFT || x > width) return;
  const wide = Math.max(end - x, 1.5), top = state.spans.lanes.get(span.lane) + span.row * BAR;
  const status = span.error ? "failed" : span.end === null ? (state.model.picture.run.state === "running" ? "running" : "not_run") : "completed";
  const isChosen = !isMissing(state.chosen?.id) && state.model.vertices[state.chosen.id].name === span.name;
  lanePen.fillStyle = span.kind === "wait" ? colours.group : colours[status];
  lanePen.strokeStyle = isChosen ? colours.mark : span.kind === "wait" ? colours.wait_line : colours[`${status}_line`];
  lanePen.lineWidth = isChosen ? 1.75 : 1;
  lanePen.fillRect(x, top + 1, wide, BAR - 3);
  if (wide > 3 || isChosen) lanePen.strokeRect(x, top + 1, wide, BAR - 3);
  else { lanePen.fillStyle = lanePen.strokeStyle; lanePen.fillRect(x, top + 1, wide, BAR - 3); }
  if (wide < 34) return;
  lanePen.fillStyle = colours.text;
  lanePen.save();
  lanePen.beginPath();
  lanePen.rect(x, top, wide - 2, BAR);
  lanePen.clip();
  lanePen.fillText(spanName(span), Math.max(x, LEFT) + 4, top + BAR / 2);
  lanePen.restore();
}

const spanName = (span) => span.partition ? `${span.name} ${span.partition}` : span.name;

function spanUnder(event) {
  const box = lane.getBoundingClientRect(), [x, y] = [event.clientX - box.left, event.clientY - box.top];
  // The last one is drawn above.
  return state.model.picture.timeline.findLast((span) => {
    const top = state.spans.lanes.get(span.lane) + span.row * BAR;
    const [from, to] = [laneX(span.start, box.width), laneX(span.end ?? state.spans.last, box.width)];
    return y >= top && y < top + BAR && x >= from - 2 && x <= Math.max(to, from + 1.5) + 2;
  });
}

function zoomTime(factor, middle) {
  const wide = Math.min((timeView.to - timeView.from) * factor, 1);
  const from = Math.min(Math.max(middle - (middle - timeView.from) * wide / (timeView.to - timeView.from), 0), 1 - wide);
  Object.assign(timeView, { from, to: from + wide });
  drawTimeline();
}

function shiftTime(part) {
  const wide = timeView.to - timeView.from, from = Math.min(Math.max(timeView.from + part * wide, 0), 1 - wide);
  Object.assign(timeView, { from, to: from + wide });
  drawTimeline();
}

lane.addEventListener("wheel", (event) => {
  // Plain turns scroll many lanes.
  if (!event.ctrlKey && !event.shiftKey && at("times").scrollHeight > at("times").clientHeight) return;
  event.preventDefault();
  const box = lane.getBoundingClientRect();
  zoomTime(Math.exp(event.deltaY / 300), timeView.from + (event.clientX - box.left - LEFT) / (box.width - LEFT - 12) * (timeView.to - timeView.from));
}, { passive: false });
lane.addEventListener("click", (event) => {
  const span = spanUnder(event);
  if (!span) return;
  const kind = span.kind === "call" ? "node" : "dataset";
  const id = state.model.vertices.findIndex((vertex) => vertex.name === span.name && (span.kind === "wait" || vertex.kind === kind));
  if (id >= 0) choose({ id }, true);
});
lane.addEventListener("pointermove", (event) => {
  const span = spanUnder(event);
  lane.title = span ? [`${span.kind} ${spanName(span)}`, span.end === null ? "not ended" : time(span.end - span.start),
    `from ${time(span.start)}`, size(span.bytes), span.error].filter(Boolean).join("\n") : "";
});
lane.addEventListener("keydown", (event) => {
  const middle = (timeView.from + timeView.to) / 2;
  const act = { "+": () => zoomTime(0.7, middle), "=": () => zoomTime(0.7, middle), "-": () => zoomTime(1.4, middle),
    ArrowRight: () => shiftTime(0.2), ArrowLeft: () => shiftTime(-0.2), Home: () => zoomTime(1e9, 0) }[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
});
