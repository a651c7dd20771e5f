// The page of `wpipe viz`: a run that failed, and a graph of 5 000 nodes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { address, inaccessible, on } from "./browser.mjs";

const failed = address("failed.html"), large = address("large.html");

// The place of an item in the window, in the middle of its card.
const spot = (page, name) => page.evaluate((name) => {
  const item = state.scene.items.find((item) => item.name === name) ?? state.scene.frames.find((frame) => frame.name === name);
  const box = document.getElementById("graph").getBoundingClientRect();
  const height = item.kind === "frame" ? TITLE : item.height;
  return [box.left + view.x + (item.x + item.width / 2) * view.scale, box.top + view.y + (item.y + height / 2) * view.scale];
}, name);
const names = (page) => page.evaluate(() => state.scene.items.map((item) => item.name));
const details = (page) => page.textContent("#details");

test("a multipipeline is folded, and a double click unfolds and folds it", () => on(failed, async (page) => {
  assert.ok(!(await names(page)).includes("check"));
  await page.mouse.dblclick(...await spot(page, "days"));
  assert.ok((await names(page)).includes("check"));
  await page.mouse.dblclick(...await spot(page, "days"));
  assert.ok(!(await names(page)).includes("check"));
}));

test("the panel of a folded multipipeline says which partitions failed, and why", () => on(failed, async (page) => {
  await page.mouse.click(...await spot(page, "days"));
  assert.match(await details(page), /Partitions that failed.*<b>.*found `bad` in the text/s);
  await page.click("text=Unfold (Enter)");
  assert.ok((await names(page)).includes("check"));
}));

test("the panel of a node says state, reason, error, values, log and the command", () => on(failed, async (page) => {
  await page.click("#found button:has-text('check')");
  const text = await details(page);
  assert.match(text, /✗ failed/);
  assert.match(text, /Ran: no earlier run/);
  assert.match(text, /found `bad` in the text/);
  assert.match(text, /params:word = "bad"/);
  assert.match(text, /wpipe run --nodes check/);
  await page.click("#found button:has-text('talk')");
  assert.match(await details(page), /warn {2}a doubt/);
}));

test("a node behind the failure says why it did not run", () => on(failed, async (page) => {
  await page.click("#found button:has-text('see')");
  assert.match(await details(page), /not run.*Did not run: `check` failed, which it needs/s);
}));

test("names of others are text, never elements", () => on(failed, async (page) => {
  assert.equal(await page.textContent("h1"), "test <img src=x onerror=alert(1)>");
  assert.equal(await page.locator("img").count(), 0);
}));

test("search finds by a part of the name, and Enter goes to the first", () => on(failed, async (page) => {
  await page.keyboard.press("/");
  await page.keyboard.type("CHE");
  assert.equal(await page.textContent("#found-title"), "Found 2");
  await page.keyboard.press("Enter");
  assert.equal(await page.textContent("#details h2"), "check");
  await page.keyboard.press("Escape");
  assert.equal(await page.inputValue("#search"), "");
}));

test("tags and states filter", () => on(failed, async (page) => {
  await page.selectOption("#tag", "daily");
  assert.deepEqual(await page.locator("#found button").allTextContents(), ["check"]);
  await page.selectOption("#tag", "");
  await page.selectOption("#state", "not_run");
  assert.deepEqual(await page.locator("#found button").allTextContents(), ["see"]);
}));

test("nodes fold by their tags", () => on(failed, async (page) => {
  await page.selectOption("#grouping", "tags");
  await page.click("#fold");
  assert.ok((await names(page)).includes("daily"));
}));

test("arrow keys go along the edges, and Enter unfolds", () => on(failed, async (page) => {
  await page.fill("#search", "raw");
  await page.press("#search", "Enter");
  assert.equal(await page.textContent("#details h2"), "raw");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.textContent("#details h2"), "days");
  await page.keyboard.press("Enter");
  assert.ok((await names(page)).includes("check"));
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.textContent("#details h2"), "check");
}));

test("p hides parameters", () => on(failed, async (page) => {
  await page.keyboard.press("u");
  assert.ok((await names(page)).includes("params:word"));
  await page.keyboard.press("p");
  assert.ok(!(await names(page)).includes("params:word"));
}));

test("a click into the timeline chooses what ran, and its keys zoom", () => on(failed, async (page) => {
  const [x, y] = await page.evaluate(() => {
    const box = lane.getBoundingClientRect(), span = state.model.picture.timeline.find((span) => span.name === "check");
    return [box.left + laneX((span.start + span.end) / 2, box.width), box.top + state.spans.lanes.get(span.lane) + span.row * BAR + BAR / 2];
  });
  await page.mouse.click(x, y);
  assert.equal(await page.textContent("#details h2"), "check");
  await page.focus("#timeline");
  await page.keyboard.press("+");
  assert.ok(await page.evaluate(() => timeView.to - timeView.from < 1));
  await page.keyboard.press("Home");
  assert.deepEqual(await page.evaluate(() => [timeView.from, timeView.to]), [0, 1]);
}));

test("the timeline can be hidden", () => on(failed, async (page) => {
  assert.ok(await page.isVisible("#timeline"));
  await page.keyboard.press("t");
  assert.ok(!await page.isVisible("#timeline"));
}));

test("the theme is the system's, or the reader's", async () => {
  const back = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  let [dark, light] = ["", ""];
  await on(failed, async (page) => { dark = await back(page); }, { colorScheme: "dark" });
  await on(failed, async (page) => {
    light = await back(page);
    await page.selectOption("#theme", "dark");
    assert.equal(await back(page), dark);
  }, { colorScheme: "light" });
  assert.notEqual(light, dark);
});

test("nothing lies over anything else, folded or not", () => on(failed, async (page) => {
  for (const key of ["f", "u"]) {
    await page.keyboard.press(key);
    const over = await page.evaluate(() => state.scene.items.flatMap((one, at) => state.scene.items.slice(at + 1)
      .filter((other) => one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height)
      .map((other) => [one.name, other.name])));
    assert.deepEqual(over, []);
  }
}));

for (const colorScheme of ["light", "dark"]) {
  test(`everything has an accessible name and enough contrast (${colorScheme})`, () => on(failed, async (page) => {
    await page.click("#found button:has-text('check')");
    assert.deepEqual(await inaccessible(page), []);
  }, { colorScheme }));
}

test("5 000 nodes are begun folded, and unfold", (context) => on(large, async (page) => {
  const [paint] = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint").map((entry) => entry.startTime));
  assert.ok((await names(page)).length < 200);
  const took = await page.evaluate(() => { const begun = performance.now(); foldAll(false); drawNow(); return performance.now() - begun; });
  context.diagnostic(`5 000 nodes: first paint after ${Math.round(paint)} ms, unfolded and drawn in ${Math.round(took)} ms`);
  assert.equal((await names(page)).filter((name) => name.includes(".n")).length, 5000);
}));

test("a node among 5 000 is found and brought into view", () => on(large, async (page) => {
  await page.fill("#search", "ns73.n3677");
  await page.press("#search", "Enter");
  assert.equal(await page.textContent("#details h2"), "ns73.n3677");
  const [x, y] = await spot(page, "ns73.n3677");
  const box = await page.locator("#graph").boundingBox();
  assert.ok(x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height);
}));
