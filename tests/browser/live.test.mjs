// A page that `wpipe viz --serve` serves, while another run begins and ends.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { on } from "./browser.mjs";

test("the page shows the new run, and what the reader has chosen stays", () => on(`http://${process.env.WPIPE_ADDRESS}/`, async (page) => {
  await page.waitForFunction(() => document.getElementById("live").textContent === "● live");
  await page.click("#found button:has-text('check')");
  assert.match(await page.textContent("#details"), /✗ failed/);
  const { WPIPE_COMMAND: command, WPIPE_PAGES: cwd } = process.env;
  await promisify(execFile)(command, ["run", "--quiet"], { cwd });
  await page.waitForFunction(() => document.getElementById("run").textContent.includes("completed"));
  assert.match(await page.textContent("#details"), /^checknode✓ completed/);
}));
