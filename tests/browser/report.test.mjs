// The report of a run that failed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { address, inaccessible, on } from "./browser.mjs";

const report = address("report.html");

test("names of others are text, never elements", () => on(report, async (page) => {
  assert.match(await page.textContent("h1"), /test <img src=x onerror=alert\(1\)>/);
  assert.equal(await page.locator("img").count(), 0);
}));

test("a log opens by its title", () => on(report, async (page) => {
  const log = page.locator("tr", { hasText: "talk" }).locator("pre", { hasText: "a doubt" });
  assert.ok(!await log.isVisible());
  await page.locator("tr", { hasText: "talk" }).locator("summary", { hasText: "log" }).click();
  assert.ok(await log.isVisible());
}));

for (const colorScheme of ["light", "dark"]) {
  test(`everything has an accessible name and enough contrast (${colorScheme})`, () => on(report, async (page) => {
    assert.deepEqual(await inaccessible(page), []);
  }, { colorScheme }));
}

test("nothing is wider than a narrow window", () => on(report, async (page) => {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}, { viewport: { width: 420, height: 800 } }));
