// A browser for tests: Debian's Chromium, which WPIPE_CHROMIUM may name otherwise, and pages in the folder WPIPE_PAGES.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.WPIPE_BROWSER}/package.json`);
const { chromium } = require("playwright-core");
export const axe = require.resolve("axe-core/axe.min.js");
export const address = (name) => pathToFileURL(`${process.env.WPIPE_PAGES}/${name}`).href;

let browser;
before(async () => {
  // Within a container the sandbox of Chromium has not what it needs; the pages are our own.
  browser = await chromium.launch({ executablePath: process.env.WPIPE_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
});
after(() => browser?.close());

// Opens a page, and calls `act` with it; it must neither log an error nor open a dialog, nor ask for anything else.
export async function on(url, act, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 860 }, ...options });
  const faults = [];
  page.on("console", (message) => { if (["error", "warning"].includes(message.type())) faults.push(message.text()); });
  page.on("pageerror", (error) => faults.push(error.stack));
  page.on("dialog", (dialog) => { faults.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  const origin = new URL(url);
  page.on("request", (request) => {
    const asked = new URL(request.url());
    const isOwn = asked.protocol === "data:" || (asked.protocol === origin.protocol && asked.host === origin.host);
    if (!isOwn) faults.push(`asks for ${asked}`);
  });
  await page.goto(url);
  await act(page);
  assert.deepEqual(faults, []);
  await page.close();
}

// Everything that axe finds wrong, each in a line.
export async function inaccessible(page) {
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target}: ${failureSummary}`));
}
