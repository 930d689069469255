// The pages of `tgc report` and `tgc compare --html` in a real browser: no error, no request, every panel shows something, and the
// timeline can be zoomed, searched and pointed at.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { invariant, type Result } from "../../ir-spec/base/result.ts";
import { bundlePage } from "../../src/build/page.ts";
import { makeJobs } from "../../src/compare/jobs.ts";
import { explainRuns } from "../../src/compare/reasons.ts";
import { runJob } from "../../src/compare/run.ts";
import { loadGraph } from "../../src/driver/choose-graph.ts";
import { targetByName } from "../../src/driver/targets.ts";
import { compareData } from "../../src/page/compare-data.ts";
import type { CompareData, TimelineData } from "../../src/page/page-data.ts";
import { type PageAssets, pageHtml } from "../../src/page/page-html.ts";
import { reportData } from "../../src/page/report-data.ts";
import { type OpenedPage, openPage, startBrowser } from "./browser.ts";

function expectOk<T>(result: Result<T>): T {
  invariant(result.ok, JSON.stringify(result));
  return result.value;
}

const folder = mkdtempSync(join(tmpdir(), "tgc-page-"));
await bundlePage(folder);
const readMade = (name: string): string => readFileSync(join(folder, name), "utf8");
const assets: PageAssets = { script: readMade("report-page.js"), style: readMade("report-page-style.css") };
const browser = await startBrowser();

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

/** Names that would be markup if anybody took them for it. */
const source = {
  name: "block.tg",
  text: `graph block(x: bf16[64, 48], weight w: bf16[48, 40], weight b: bf16[40]) -> (y: bf16[64, 40]) {
  h = matmul(x, w) + b
  // </script><img src=x onerror=alert(1)>
  y = softmax(h)
}
`,
};

const target = (name: string) => expectOk(targetByName(name));
const { graph } = expectOk(loadGraph(source, {}));

function comparedRuns() {
  const schedules = [
    { name: "heuristic", strategy: "heuristic" },
    {
      name: "whole",
      strategy: "heuristic",
      schedule: { name: "whole", graph: "block", kernels: [{ kernel: "*", fields: { slots_out: 100000 } }] },
    },
  ] as const;
  const targets = [target("trn1"), target("tiny")];
  return makeJobs({ graphs: [{ graph, dims: {} }], schedules, targets, fusion: undefined }).map(runJob);
}

function comparePage(): CompareData {
  const runs = comparedRuns();
  return compareData("block", runs, explainRuns(runs));
}

async function open(html: string, scheme: "light" | "dark" = "light"): Promise<OpenedPage> {
  return openPage(browser, html, scheme);
}

function reportPage(): string {
  const data = expectOk(reportData(source, graph, { target: target("trn2"), strategy: "heuristic" }));
  return pageHtml(data, assets);
}

const panelTexts = (page: Page): Promise<readonly (readonly [id: string, letters: number])[]> =>
  page.$$eval("section.panel", (panels) => panels.map((panel) => [panel.id, panel.textContent.length] as const));

describe.each(["light", "dark"] as const)("a report, %s", (scheme) => {
  test("shows every panel, without errors or requests", async () => {
    const { page, complaints } = await open(reportPage(), scheme);
    const panels = await panelTexts(page);
    const ids = [
      "summary",
      "lints",
      "path",
      "timeline",
      "roofline",
      "memory",
      "traffic",
      "graphs",
      "stages",
      "passes",
      "remarks",
    ];
    expect(panels.map(([id]) => id)).toEqual(ids);
    for (const [id, letters] of panels) expect([id, letters > 60]).toEqual([id, true]);
    for (const drawing of await page.$$eval("svg", (all) => all.map((each) => each.querySelectorAll("*").length))) {
      expect(drawing).toBeGreaterThan(4);
    }
    expect(await page.$$eval("img", (images) => images.length)).toBe(0);
    expect(complaints).toEqual([]);
    await page.close();
  });
});

/** Colors of the timeline's pixels, to see that something else is drawn. */
const pixels = (page: Page): Promise<string> =>
  page.$eval("canvas.timeline", (canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());

test("the timeline zooms, pans, searches, and says what is under the pointer", async () => {
  const { page, complaints } = await open(reportPage());
  const whole = await pixels(page);
  await page.focus("canvas.timeline");
  await page.keyboard.press("+");
  const zoomed = await pixels(page);
  expect(zoomed).not.toBe(whole);
  await page.keyboard.press("ArrowRight");
  expect(await pixels(page)).not.toBe(zoomed);
  await page.keyboard.press("0");
  expect(await pixels(page)).toBe(whole);
  await page.keyboard.press("/");
  await page.keyboard.type("matmul");
  expect(await page.textContent("#timeline .tools .note")).toMatch(/^[1-9]\d* events$/);
  expect(await pixels(page)).not.toBe(whole);
  const box = await page.locator("canvas.timeline").boundingBox();
  invariant(box !== null, "the canvas is shown");
  const seen = new Set<string>();
  for (let x = 80; x < box.width; x += 9) {
    await page.mouse.move(box.x + x, box.y + 70 + 9);
    if (await page.isVisible("#timeline .tip")) seen.add((await page.textContent("#timeline .tip")) ?? "");
  }
  expect([...seen].some((text) => text.startsWith("pe: matmul") && text.includes("line 2"))).toBe(true);
  expect(complaints).toEqual([]);
  await page.close();
});

/** A million executions of four queues, of lengths from 1 to 64 ns in no order, one in a thousand of 20 us. */
function millionEvents(timeline: TimelineData): TimelineData {
  const count = 1_000_000;
  const queues = ["pe", "act", "dve", "dma0"];
  let seed = 1;
  const random = (limit: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % limit;
  };
  const queue = Uint8Array.from({ length: count }, (_event, index) => index % queues.length);
  const [startNs, endNs] = [new Float64Array(count), new Float64Array(count)];
  const untilNs = queues.map(() => 0);
  for (let event = 0; event < count; event++) {
    const own = queue[event] as number;
    startNs[event] = (untilNs[own] as number) + random(8);
    endNs[event] = (startNs[event] as number) + (random(1000) === 0 ? 20_000 : 1 + random(64));
    untilNs[own] = endNs[event] as number;
  }
  const word = Int32Array.from(queue, (_queue, event) => event % timeline.names.length);
  const text = Int32Array.from(queue, (_queue, event) => event % timeline.texts.length);
  const kernel = new Int32Array(count);
  return { ...timeline, queues, queue, kernel, name: word, text, startNs, endNs, timeNs: Math.max(...untilNs) };
}

test("a million events are in the page, of which it draws as many as there are pixels", async () => {
  const data = expectOk(reportData(source, graph, { target: target("trn2"), strategy: "heuristic" }));
  const timeline = millionEvents(data.timeline);
  const html = pageHtml({ ...data, timeline, timeNs: timeline.timeNs }, assets);
  expect(html.length).toBeLessThan(10_000_000);
  const { page, complaints } = await open(html);
  // Counts rectangles of all canvases from here on.
  await page.evaluate(`{
    const fill = CanvasRenderingContext2D.prototype.fillRect;
    window.drawn = 0;
    CanvasRenderingContext2D.prototype.fillRect = function (...place) { window.drawn++; fill.apply(this, place); };
  }`);
  const drawnBy = async (act: () => Promise<unknown>): Promise<number> => {
    await page.evaluate("window.drawn = 0");
    await act();
    return page.evaluate("window.drawn");
  };
  await page.focus("canvas.timeline");
  const width = await page.$eval("canvas.timeline", ({ clientWidth }) => clientWidth);
  for (const key of ["0", "+", "ArrowRight"]) {
    const drawn = await drawnBy(() => page.keyboard.press(key));
    expect(drawn).toBeGreaterThan(width / 2);
    expect(drawn).toBeLessThan(4 * 2 * width + 200);
  }
  const searched = await drawnBy(() => page.fill("#timeline input", timeline.names[0] as string));
  expect(await page.textContent("#timeline .tools .note")).toMatch(/^\d{4,} events$/);
  expect(searched).toBeLessThan(4 * 2 * width + 200);
  expect(complaints).toEqual([]);
  await page.close();
});

test("a line of the program marks the instructions that come from it", async () => {
  const { page, complaints } = await open(reportPage());
  await page.click("#stages .columns > div:first-child .line:nth-child(4)");
  const marked = await page.$$eval("#stages .columns > div:last-child .line.marked", (all) =>
    all.map((line) => line.textContent),
  );
  expect(marked.length).toBeGreaterThan(0);
  expect(marked.join("\n")).toContain("exp");
  await page.selectOption("#stages .columns > div:last-child select", "3");
  expect(await page.$$eval("#stages .columns > div:last-child .line.marked", (all) => all.length)).toBeGreaterThan(0);
  await page.keyboard.press("d");
  expect(await page.getAttribute("html", "data-theme")).toBe("dark");
  expect(complaints).toEqual([]);
  await page.close();
});

test("a comparison shows its runs, also those that do not fit", async () => {
  const data = comparePage();
  const { page, complaints } = await open(pageHtml(data, assets));
  const panels = await panelTexts(page);
  expect(panels.map(([id]) => id)).toEqual(["runs", "times", "reasons", "trades", "roofline"]);
  for (const [id, letters] of panels) expect([id, letters > 20]).toEqual([id, true]);
  expect(await page.$$eval("#runs tbody tr", (rows) => rows.length)).toBe(4);
  expect(await page.$$eval("#runs tr.fastest", (rows) => rows.length)).toBe(2);
  expect(await page.$$eval("#runs tr.unfit", (rows) => rows.length)).toBe(
    data.runs.filter(({ reason }) => reason !== "").length,
  );
  expect(await page.$$eval("#trades circle", (all) => all.length)).toBe(
    data.runs.filter(({ reason }) => reason === "").length,
  );
  expect(data.trades.filter(({ isOnFront }) => isOnFront).length).toBeGreaterThan(1);
  expect(complaints).toEqual([]);
  await page.close();
});

test("pages fit into a narrow window", async () => {
  for (const html of [reportPage(), pageHtml(comparePage(), assets)]) {
    const { page } = await open(html);
    await page.setViewportSize({ width: 400, height: 800 });
    expect(await page.$eval("html", ({ scrollWidth }) => scrollWidth)).toBe(400);
    await page.close();
  }
});

test("a page that is dark on the screen is light on paper, with its bars", async () => {
  const { page } = await open(reportPage(), "light");
  const styleOf = (selector: string, property: string): Promise<string> =>
    page.evaluate(`getComputedStyle(document.querySelector("${selector}")).getPropertyValue("${property}")`);
  const colors = () => Promise.all(["color", "background-color"].map((property) => styleOf(".panel", property)));
  const light = await colors();
  await page.keyboard.press("d");
  expect(await colors()).not.toEqual(light);
  await page.emulateMedia({ media: "print" });
  expect(await colors()).toEqual(light);
  expect(await styleOf(".bar-part", "print-color-adjust")).toBe("exact");
  await page.close();
});

test("a roofline of thousands of runs has the labels for which there is room", async () => {
  const data = comparePage();
  const [point] = data.roofline.points;
  invariant(point !== undefined, "a run fits");
  const points = Array.from({ length: 5000 }, (_run, color) => ({ ...point, color }));
  const html = pageHtml({ ...data, roofline: { ...data.roofline, points } }, assets);
  const { page, complaints } = await open(html);
  expect(await page.$$eval("#roofline circle", (all) => all.length)).toBe(5000);
  const labels = await page.$$eval("#roofline circle + text", (all) => all.map((label) => label.getAttribute("y")));
  expect(labels.length).toBeGreaterThan(1);
  expect(new Set(labels).size).toBe(labels.length);
  expect(complaints).toEqual([]);
  await page.close();
});
