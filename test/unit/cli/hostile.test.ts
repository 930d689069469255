// Input that is wrong on purpose: each ends with exit code 1 or 2 and a diagnostic, and leaves nothing after.
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "./run-in-folder.ts";

const files: Readonly<Record<string, string>> = {
  "ok.tg": "graph g<T = 4>(x: f32[T, 8]) -> (y: f32[T, 8]) {\n  y = x + x\n}\n",
  "within.tg":
    "graph g(x: f32[8]) -> (y) {\n  y = reduce_sum(reshape(x, shape=[8, 1, 1]) * full(value=2, shape=[8, 30000, 30000], dtype=f32))\n}\n",
  "empty.tg": "",
  "nul.tg": "graph g(x: f32[4]) -> (y: f32[4]) {\n  y = x\0\n}\n",
  "emoji.tg": "graph g(x😀: f32[4]) -> (y: f32[4]) {\n  y = x😀\n}\n",
  "long.tg": `graph g(x: f32[4]) -> (y: f32[4]) { y = ${new Array(20_000).fill("x").join(" + ")} }\n`,
  "inherited.tg": "graph g(x: f32[4]) -> (y: f32[4]) {\n  y = toString(x)\n}\n",
  "keys.tg": "schedule s for g {\n  kernel * { constructor=1, __proto__=2, toString=[m] }\n}\n",
  "bad.tg": "schedule s for g {\n  kernel y { tile_k=0 }\n}\n",
  "slots.tg": "schedule s for g {\n  kernel y { slots_out=4294967296 }\n}\n",
  "half.s": "stream",
  "half.tile": "program",
  "half.json": "{",
  "short.npy": "\\x93NUM",
};

const calls: readonly (readonly [call: string, exitCode: number, code: string])[] = [
  ["print empty.tg", 1, "E0105"],
  ["print nul.tg", 1, "E0106"],
  ["print emoji.tg", 1, "E0101"],
  ["print long.tg", 1, "E0108"],
  ["print inherited.tg", 1, "E0202"],
  ["print nope.tg", 1, "E1301"],
  ["compile ok.tg --schedule .", 1, "E1301"],
  ["print ok.tg --dim T=0", 1, "E0220"],
  ["print ok.tg --dim T=abc", 2, "expected name=size"],
  ["print ok.tg --dim Q=3", 1, "E0213"],
  ["print ok.tg --graph constructor", 1, "E0212"],
  ["opt ok.tg --passes toString", 1, "E0501"],
  ["opt ok.tg --passes constant-fold{__proto__=1}", 1, "E0502"],
  ["opt ok.tg --passes constant-fold{constructor=1}", 1, "E0502"],
  ["opt ok.tg --passes constant-fold{max_elements=constructor}", 1, "E0503"],
  ["opt ok.tg --passes constant-fold{max_elements=999999999}", 1, "expected an integer from 1 to 100000"],
  ["print half.s", 1, "E1313"],
  ["parse half.tile", 1, "E1313"],
  ["fmt half.s", 1, "E1313"],
  ["print /dev/null", 1, "it is no ordinary file but a device or a pipe"],
  ["run ok.tg --on ref --dim T=1000000000000", 1, "E0220"],
  // What does not compile is refused before there are tensors.
  ["run ok.tg --schedule slots.tg --input x=nope.npy", 1, "E0604"],
  ["run ok.tg --dim T=1000000000", 1, "E1011"],
  ["run ok.tg --on ref --dim T=1000000000", 1, "E1011"],
  ["run ok.tg --on webgpu --dim T=1000000000", 1, "E1011"],
  ["check ok.tg --dim T=1000000000", 1, "E1011"],
  ["run within.tg --on ref", 1, "E1011"],
  ["check within.tg", 1, "E1011"],
  ["run ok.tg --on ref --input x=short.npy", 1, "E1305"],
  ["run ok.tg --on ref --weights ok.tg", 1, "E1305"],
  ["compile ok.tg --target ../nope.json", 1, "E1301"],
  ["compile ok.tg --target half.json", 1, "E1101"],
  ["compile ok.tg -o no/such/x.s", 1, "E1302"],
  ["compile ok.tg --schedule keys.tg", 1, "E0603"],
  ["compile ok.tg --schedule bad.tg", 1, "E0604"],
  ["compile ok.tg --schedule slots.tg", 1, "E0604"],
  ["asm half.s", 1, "E0901"],
  ["lower half.tile", 1, "E0620"],
  ["list __proto__", 1, "E1311"],
  ["rnu", 2, "unknown command"],
];

const folder = makeFolder();
beforeAll(() => {
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
});
afterAll(() => folder.remove());

test.each(calls)("tgc %s", async (call, exitCode, shown) => {
  const ran = await folder.run(...call.split(" "));
  expect(ran.log).toContain(shown);
  expect(ran.log).not.toMatch(/^ +at .*:\d+:\d+/m);
  expect(ran.exitCode).toBe(exitCode);
  expect(readdirSync(folder.path).sort()).toEqual(Object.keys(files).sort());
});
