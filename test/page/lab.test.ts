// The lab in a real browser: mistakes are shown and fixed, everything is compiled in the page, links come back, and nothing is requested
// but the page's own files.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { invariant } from "../../ir-spec/base/result.ts";
import { bundleLab } from "../../src/build/lab.ts";
import { serveLab } from "../../src/cli/lab-server.ts";
import { encodeFragment } from "../../src/lab/fragment.ts";
import { type LabOptions, usualOptions } from "../../src/lab/lab-data.ts";
import { startBrowser, watchPage } from "./browser.ts";

const folder = mkdtempSync(join(tmpdir(), "tgc-lab-"));
await bundleLab(folder);
const files = readdirSync(folder).map((name) => ({ name, content: readFileSync(join(folder, name)) }));
const server = await serveLab(files, 0);
invariant(server.ok, "a free port is found");
const { url, close } = server.value;
const browser = await startBrowser({ withGpu: true });

afterAll(async () => {
  await browser.close();
  await close();
  rmSync(folder, { recursive: true });
});

const small = `graph g(x: f32[4, 8], weight w: f32[8, 4]) -> (y: f32[4, 4]) {
  h = matmul(x, w)
  y = softmax(h)
}
`;

const linkOf = (text: string, some: Partial<LabOptions> = {}): string =>
  `${url}#${encodeFragment({ text, options: { ...usualOptions, target: "tiny", ...some } })}`;

interface OpenedLab {
  readonly page: Page;
  readonly complaints: readonly string[];
}

interface Window {
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
}

async function open(address: string, { colorScheme = "light", width = 1280 }: Window = {}): Promise<OpenedLab> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const complaints = watchPage(page, (requested) => requested.startsWith(url));
  await page.goto(address);
  return { page, complaints };
}

/** The page's line about what was done, once it begins as asked for. */
async function status(page: Page, begin: RegExp): Promise<string> {
  const line = page.locator(".status .words", { hasText: begin });
  await line.waitFor();
  return (await line.textContent()) ?? "";
}

const programOf = (page: Page): Promise<string> =>
  page.$$eval(".cm-line", (lines) => lines.map((line) => line.textContent).join("\n"));

test("a mistake is shown as it is typed, and fixed with a click", async () => {
  const { page, complaints } = await open(linkOf(small));
  await status(page, /^compiled: .* on tiny/);
  expect(await page.isHidden(".problems")).toBe(true);
  await page.click(".cm-line:nth-child(2)");
  await page.keyboard.press("End");
  await page.keyboard.type("; z = exp(h)");
  const warning = page.locator(".problems li.warning");
  await warning.waitFor();
  expect((await warning.textContent()) ?? "").toMatch(/E0227 .*2:21/);
  expect(await page.locator(".cm-lintRange-warning").count()).toBe(1);
  await status(page, /^compiled: /);
  await page.click(".cm-line:nth-child(3)");
  await page.keyboard.press("End");
  await page.keyboard.type(" + relo(h)");
  // A slow page may check the text before all of it is typed.
  const problem = page.locator(".problems li.error", { hasText: "E0202" });
  await problem.waitFor();
  expect((await problem.textContent()) ?? "").toMatch(/E0202 .*relo.*3:20.*relu/);
  expect(await page.locator(".cm-lintRange-error").count()).toBe(1);
  await page.click(".problems .fix");
  await problem.waitFor({ state: "detached" });
  expect(await programOf(page)).toContain("softmax(h) + relu(h)");
  await status(page, /^compiled: /);
  expect(complaints).toEqual([]);
  await page.close();
});

test("op names are completed, and said what they are", async () => {
  const { page, complaints } = await open(linkOf(small));
  await status(page, /^compiled: /);
  await page.click(".cm-line:nth-child(2)");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("z = layer_n");
  await page.locator(".cm-tooltip-autocomplete li[aria-selected]", { hasText: "layer_normalization" }).waitFor();
  await page.waitForTimeout(100);
  await page.keyboard.press("Enter");
  expect(await programOf(page)).toContain("  z = layer_normalization(");
  await page.keyboard.type("h, ep");
  await page.locator(".cm-tooltip-autocomplete li", { hasText: "epsilon" }).waitFor();
  await page.keyboard.press("Escape");
  await page.hover(".cm-line >> text=softmax");
  const words = page.locator(".cm-words");
  await words.waitFor();
  expect((await words.textContent()) ?? "").toContain("softmax(x, axis=-1)");
  expect(complaints).toEqual([]);
  await page.close();
});

/** The colors of the timeline's pixels, as many as there are different ones. */
const timelineColors = (page: Page): Promise<number> =>
  page.$eval("canvas.timeline", (found) => {
    const canvas = found as unknown as {
      width: number;
      height: number;
      getContext(kind: "2d"): { getImageData(...of: number[]): { data: Uint8ClampedArray } };
    };
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });

test("a sample is picked, every tab shows something, and another target changes the time", async () => {
  const { page, complaints } = await open(url);
  const first = await status(page, /^compiled: .* on trn2/);
  await page.selectOption('select[aria-label="sample"]', "softmax.tg");
  await page.locator(".cm-line", { hasText: "softmax" }).first().waitFor();
  await page.locator(".headline", { hasText: "on trn2" }).waitFor();
  await page.selectOption('select[aria-label="target"]', "tiny");
  expect(await status(page, /^compiled: .* on tiny/)).not.toBe(first);
  expect((await page.textContent(".command")) ?? "").toBe("tgc profile program.tg --target tiny --graph softmax");
  for (const tab of ["summary", "timeline", "stages", "passes", "graphs", "memory", "profile"]) {
    await page.click(`#tab-${tab}`);
    expect([tab, ((await page.textContent(".tab-body")) ?? "").length > 60]).toEqual([tab, true]);
  }
  await page.keyboard.press("2");
  expect(await page.getAttribute("#tab-timeline", "aria-selected")).toBe("true");
  expect(await timelineColors(page)).toBeGreaterThan(6);
  await page.selectOption('select[aria-label="target"]', "webgpu");
  await status(page, /^compiled, in/);
  await page.click("#tab-stages");
  expect((await page.textContent("#stages")) ?? "").toContain("@compute");
  expect(complaints).toEqual([]);
  await page.close();
});

test("lines of the program and instructions lead to each other", async () => {
  const { page, complaints } = await open(linkOf(small));
  await status(page, /^compiled: /);
  await page.click("#tab-stages");
  await page.click(".cm-line:nth-child(2)");
  const stream = page.locator("#stages .columns > div:last-child");
  await stream.locator(".line.marked", { hasText: "matmul" }).first().waitFor();
  await stream.locator(".line.linked", { hasText: "exp" }).first().click();
  expect(await page.locator(".cm-marked").allInnerTexts()).toEqual(["  y = softmax(h)"]);
  expect(complaints).toEqual([]);
  await page.close();
});

test("the address holds program and options, whatever it is opened in", async () => {
  const { page, complaints } = await open(linkOf(small, { set: { programStartNs: 5000 } }));
  await status(page, /^compiled: .* on tiny#/);
  await page.selectOption('select[aria-label="strategy"]', "naive");
  await page.click(".cm-line:nth-child(1)");
  await page.keyboard.press("Home");
  await page.keyboard.type("// a comment\n");
  await page.locator(".command", { hasText: "--strategy naive --set programStartNs=5000" }).waitFor();
  await expect.poll(() => page.url()).not.toBe(linkOf(small));
  const [address, text] = [page.url(), await programOf(page)];
  const other = await open(address);
  await status(other.page, /^compiled: .* on tiny#/);
  expect(await programOf(other.page)).toBe(text);
  expect(text).toContain("// a comment");
  expect(await other.page.inputValue('select[aria-label="strategy"]')).toBe("naive");
  expect([...complaints, ...other.complaints]).toEqual([]);
  await Promise.all([page.close(), other.page.close()]);
});

test("an address that holds something else is refused in words, also later", async () => {
  const { page, complaints } = await open(`${url}#1.<script>alert(1)</script>`);
  await status(page, /^compiled: /);
  expect((await page.textContent(".warning")) ?? "").toContain("the link does not hold a program: found a character");
  await page.goto(`${url}#1.AAAA`);
  await page.locator(".warning", { hasText: "cut off or changed" }).waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});

test("runs show values, and a check compares all executors, with WebGPU in the page", async () => {
  const { page, complaints } = await open(linkOf(small));
  await status(page, /^compiled: /);
  await page.click(".cm-content");
  await page.keyboard.press("Control+Enter");
  await status(page, /^ran, /);
  expect(await page.$$eval(".tensor td", (cells) => cells.length)).toBe(16);
  await page.click('#values button:text-is("Check")');
  await status(page, /^checked: all executors agree/);
  const report = (await page.textContent("#values")) ?? "";
  expect(report).toContain("All executors agree.");
  expect(report).toMatch(/webgpu-isa +f32 +yes/);
  expect(report).not.toContain("Without WebGPU");
  expect(complaints).toEqual([]);
  await page.close();
});

test("a narrow window has everything below each other, and dark is dark", async () => {
  const { page, complaints } = await open(linkOf(small), { colorScheme: "dark", width: 390 });
  await status(page, /^compiled: /);
  expect(await page.$eval("html", ({ scrollWidth }) => scrollWidth)).toBe(390);
  const colors = await page.$$eval("body, .tab-body .panel, .editor", (found) =>
    found.map((each) => {
      const style = (
        globalThis as unknown as { getComputedStyle(of: unknown): { backgroundColor: string } }
      ).getComputedStyle(each);
      return style.backgroundColor;
    }),
  );
  expect(colors[0]).toBe("rgb(18, 22, 28)");
  await page.keyboard.press("d");
  expect(await page.getAttribute("html", "data-theme")).toBe("light");
  expect(complaints).toEqual([]);
  await page.close();
});
