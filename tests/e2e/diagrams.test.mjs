// Mermaid itself, in Chromium, takes the diagrams: those of docs/call-flows/, a call with everything, and texts that mean
// something to it. What it shows is what was to be said.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { after, before, test } from "node:test";
import { launchChromium } from "./peers/chromium.mjs";
import { startPages } from "./peers/pages.mjs";
import { ROOT, Stage } from "./peers/stage.mjs";
import { findTool } from "./tools.mjs";

const LIBRARY = path.dirname(createRequire(import.meta.url).resolve("mermaid"));
const VECTORS = path.join(ROOT, "tests/vectors/traces");
const FLOWS = path.join(ROOT, "docs/call-flows");

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Mermaid</title>
<script src="mermaid/mermaid.min.js"></script>
<div id="picture"></div>
`;

let stage;
let page;

before(async () => {
  stage = await Stage.open("diagrams");
  await stage.run(async () => {
    const own = await stage.folder("pages");
    await writeFile(path.join(own, "index.html"), PAGE);
    const { url } = await startPages(stage, { "/": own, "/mermaid/": LIBRARY });
    const chromium = await launchChromium(stage);
    ({ page } = await chromium.open(url, { viewport: { width: 1200, height: 900 } }));
    await page.evaluate(() => window.mermaid.initialize({ startOnLoad: false }));
  });
});

after(() => stage.close());

/** The texts of a diagram, in the order of the document; with $ZV_PICTURES a picture is kept there. */
async function render(name, diagram) {
  const texts = await page.evaluate(async (text) => {
    const { svg } = await window.mermaid.render("drawn", text);
    const picture = document.getElementById("picture");
    picture.innerHTML = svg;
    return [...picture.querySelectorAll("text")].map(({ textContent }) => textContent.trim());
  }, diagram);
  if (process.env.ZV_PICTURES) {
    await mkdir(process.env.ZV_PICTURES, { recursive: true });
    const file = path.join(process.env.ZV_PICTURES, `${name}.png`);
    await page.locator("#picture").screenshot({ path: file });
  }
  return texts;
}

const scene = (sentence, action, skip = false) =>
  test(sentence, { timeout: 60_000, skip }, () => stage.run(action));

scene("the pages of docs/call-flows/ have diagrams with twelve steps", async () => {
  const names = (await readdir(FLOWS)).filter((name) => name.endsWith(".md"));
  assert.deepEqual(names.sort(), ["incoming.md", "outgoing.md"]);
  for (const name of names) {
    const text = await readFile(path.join(FLOWS, name), "utf8");
    const texts = await render(name, /```mermaid\n([^]*?)```/.exec(text)[1]);
    for (let step = 1; step <= 12; step++) {
      assert.ok(
        texts.some((one) => one.startsWith(`${step} · `)),
        `${name} shows step ${step}: ${texts.join(" | ")}`,
      );
    }
    for (const title of ["client", "gateway", "SIP server", "SIP phone"]) {
      assert.ok(texts.includes(title), `${name} has the lane ${title}`);
    }
  }
});

scene("a call with everything is drawn", async () => {
  const diagram = await readFile(path.join(VECTORS, "everything.mermaid"), "utf8");
  const texts = await render("everything", diagram);
  assert.ok(texts.some((text) => text.includes("INVITE (x3)")));
  assert.ok(texts.some((text) => text.includes("57 events left out")));
});

const trace2seq = findTool("trace2seq");

scene(
  "texts that mean something to Mermaid are shown as they are",
  async () => {
    const file = path.join(VECTORS, "hostile.json");
    const { call, events } = JSON.parse(await readFile(file, "utf8"));
    const diagram = execFileSync(trace2seq, ["--mermaid", file], { encoding: "utf8" });
    const shown = (await render("hostile", diagram)).join("\n");
    const wanted = [call.caller, call.callee];
    for (const { kind, label, detail } of events) {
      wanted.push(label.replaceAll("->", "→"));
      if (kind === "client" || kind === "end") wanted.push(detail);
    }
    for (const text of wanted) assert.ok(shown.includes(text), `${text} is in:\n${shown}`);
    assert.ok(!/^evil$/m.test(shown), "no lane was made");
    assert.equal(await page.locator("#picture img, #picture script").count(), 0);
  },
  trace2seq ? false : "trace2seq is not built",
);
