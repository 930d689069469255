// The library's browser form is one script without any module of Node, and works where there are none of Node's globals.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleForBrowser } from "../../../src/build/for-browser.ts";
import * as tgc from "../../../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tgc-browser-"));
const bundle = { inputs: [] as readonly string[], text: "" };

beforeAll(async () => {
  const file = join(folder, "tgc.js");
  bundle.inputs = await bundleForBrowser("src/browser.ts", file, "iife");
  bundle.text = readFileSync(file, "utf8");
});

afterAll(() => rmSync(folder, { recursive: true }));

/** What pages and their workers have besides JavaScript itself, of what the library may use. */
const webGlobals = { TextDecoder, TextEncoder, URL, performance, setTimeout, clearTimeout, atob, btoa };

test("no module of Node is in it", () => {
  const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
  expect(bundle.inputs.filter((path) => builtins.has(path))).toEqual([]);
  expect(bundle.inputs.length).toBeGreaterThan(300);
});

test("it has what the library on Node has, and runs without Node's globals", async () => {
  const context = createContext({ ...webGlobals });
  new Script(bundle.text).runInContext(context);
  const names: string = new Script("Object.keys(tgc).sort().join()").runInContext(context);
  expect(names).toBe(Object.keys(tgc).sort().join());
  const program = `(async () => {
    const graph = tgc.unwrap(tgc.parse("graph g(x: f32[8, 8], weight w: f32[8, 8]) -> (y: f32[8, 8]) { y = softmax(matmul(x, w)) }"));
    const target = "tiny";
    const { agree } = tgc.unwrap(await tgc.check(graph, { target }));
    const { timeNs } = tgc.unwrap(tgc.profile(graph, { target }));
    const gpu = await tgc.openGpu().describe();
    return JSON.stringify([typeof process, typeof Buffer, agree, timeNs > 0, gpu.ok]);
  })()`;
  const printed: string = await new Script(program).runInContext(context);
  expect(JSON.parse(printed)).toEqual(["undefined", "undefined", true, true, false]);
});
