// Streams, tile programs and machine files whose numbers and nesting ask for everything: each is refused at once, or run.
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder } from "./run-in-folder.ts";

const copy = "dma_copy dst=hbm y[0x0; 8:8; 8:1] f32, src=hbm x[0x0; 8:8; 8:1] f32";

/** A stream on `tiny` with a program for dma0, and other declarations. */
const stream = (body: string, declarations = ""): string => `stream g for tiny
tensor x: f32[8, 8] input @0x0, y: f32[8, 8] output @0x100
kernel 0 k (copy)
${declarations}
queue dma0 {
  kernel 0: ${copy}
  ${body}
}
`;

const nested = (depth: number): string => {
  const loops = Array.from({ length: depth }, (_unused, at) => `for i${at} in 0..1 {`);
  return `${loops.join(" ")} ${copy} ${"}".repeat(depth)}`;
};

const chip = (operand: string): string => `dma_copy dst=sbuf[${operand}] f32, src=sbuf[${operand}] f32`;

const tile = (body: string): string => `program p
hbm x: f32[8, 8] input
hbm y: f32[8, 8] output
kernel k (copy) {
  ${body}
}
`;

const files: Readonly<Record<string, string>> = {
  "long-loop.s": stream(`for i in 0..1000000000000000 { ${copy} }`),
  "wraps.s": stream(`for i in 0..4294967299 { ${copy} }`),
  "empty-loops.s": stream("for i in 0..100000 { for j in 0..100000 { } }"),
  "deep.s": stream(nested(2000)),
  "nested.s": stream(nested(40)),
  "zero.s": stream(chip("0x0; 8; 0:1")),
  "no-partitions.s": stream(chip("0x0; 0; 8:1")),
  "stride.s": stream(chip("0x100; 3; 127:-268435456")),
  "overlapping.s": stream(chip("0x0; 8; 1000000:0, 1000000:0, 1000000:0")),
  "runs.s": stream(chip("0x0; 8; 100:2, 100:1, 100:1, 100:1, 100:1, 100:1")),
  "sum.s": stream(chip("9007199254740991 + 9007199254740991; 8; 8:1")),
  "far.s": stream(`for i in 0..2147483647 { ${chip("9007199254740991*i; 8; 8:1")} }`),
  "place.s": stream("", "place kernel 0: acc psum[0x0; 8; 0x7ff8000000] x2"),
  "slots.s": stream("", 'ring r0 "r" x99999999999999999999'),
  "tokens.s": stream("release s0", 'sem s0 "s" dma0 -> pe = 9007199254740991'),
  "queues.s": stream("", "queue pe { }\n".repeat(3000)),
  "tensor.s": stream("", "tensor z: u8[9007199254740991, 9007199254740991] temp @0x0"),
  "pieces.s": stream("", "tensor z: u8[17179869184] temp @0x1000").replace("for tiny", "for trn2"),
  "held.s": stream("", "tensor z: f32[65536, 65536] input @0x1000").replace("for tiny", "for trn2"),
  "data.s": stream("", "tensor z: f32[2] constant @0x1000 = [1, 2, 3]"),
  "machine.s": stream("").replace("for tiny", 'for "./secret.json"'),
  "proto.s": stream("").replace("for tiny", "for constructor"),
  "secret.json": "{ this is nobody's business }",
  "minus.s": stream(chip(`${"-".repeat(200_000)}1; 8; 8:1`)),
  "quotes.s": stream('"\\'.repeat(100_000)),
  "long-name.s": stream("").replaceAll("y", `"${"y".repeat(100_000)}"`),
  "mistakes.s": stream(`${"nothing\n".repeat(20_000)}`),
  "deep.tile": tile(`${"for i in 0..1 {\n".repeat(2000)} ${"}\n".repeat(2000)}`),
  "minus.tile": tile(`sbuf a: f32[8, 8]\n  dma a[${"-".repeat(200_000)}1; 8; 8:1] <- x[0; 8:8; 8:1]`),
  "long-loop.tile": tile("for i in 0..1000000000000000 {\n}"),
  "empty-loops.tile": tile("for i in 0..100000 {\n for j in 0..100000 {\n}\n}"),
  "nest.tile": tile(
    `sbuf a: f32[8, 8]\n${Array.from({ length: 40 }, (_unused, i) => `for i${i} in 0..9 {`).join("\n")}
    dma a[0; 8; 8:1] <- x[${Array.from({ length: 40 }, (_unused, i) => `i${i}`).join(" + ")}; 8:8; 8:1]
    ${"}\n".repeat(40)}`,
  ),
  "dims.tile": tile(
    `for i in 0..4 {\nsbuf a: f32[8, 8]\ndma a[0; 8; ${"min(1, 4 - i):1, ".repeat(40)}] <- x[0; 8:8; 8:1]\n}`,
  ),
  "shape.tile": tile("sbuf a: f32[1000000000, 1000000000, 1000000000]"),
  "held.tile": tile("sbuf a: f32[100000, 100000]"),
  "offset.tile": tile("sbuf a: f32[8, 8]\n dma a[0; 8; 8:1] <- x[9007199254740991, 9007199254740991; 8:8; 8:1]"),
  "acquires.s": stream(`acquire ${new Array(130_000).fill("s0").join(", ")}`, 'sem s0 "s" pe -> dma0'),
  "kernels.s": stream("", Array.from({ length: 125_000 }, (_unused, at) => `kernel ${at + 1} k ()`).join("\n")),
  "deep.json": "[".repeat(100_000),
  "deep-object.json": `{"fields": ${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}}`,
  "proto.json": '{"__proto__": {"value": 1}, "constructor": 2, "fields": {"__proto__": 1, "toString": {}}}',
};

/** The call, its exit code, and what is shown. */
const calls: readonly (readonly [call: string, exitCode: number, shown: string])[] = [
  ...["asm", "run", "profile"].flatMap((command) => [
    [`${command} long-loop.s`, 1, "E0835"] as const,
    [`${command} wraps.s`, 1, "E0835"] as const,
    [`${command} empty-loops.s`, 1, "E0835"] as const,
    [`${command} deep.s`, 1, "E0108"] as const,
    [`${command} nested.s`, 0, ""] as const,
    [`${command} place.s`, 1, "E0835"] as const,
    [`${command} sum.s`, 1, "E0835"] as const,
    [`${command} far.s`, 1, "E0835"] as const,
    [`${command} slots.s`, 1, "E0901"] as const,
    [`${command} queues.s`, 1, "E0835"] as const,
    [`${command} tensor.s`, 1, "E0835"] as const,
    [`${command} data.s`, 1, "E0835"] as const,
    [`${command} machine.s`, 1, "E1304"] as const,
    [`${command} proto.s`, 1, "E1304"] as const,
  ]),
  ["asm zero.s", 1, "E0703"],
  ["asm no-partitions.s", 0, ""],
  ["asm stride.s", 1, "E0703"],
  ["asm overlapping.s", 1, "E0835"],
  ["asm runs.s", 1, "E0835"],
  ["asm tokens.s", 1, "E0835"],
  ["run held.s", 1, "E1011"],
  ["asm minus.s", 1, "E0"],
  ["asm quotes.s", 1, "E0901"],
  ["asm long-name.s", 1, "E0901"],
  ["asm mistakes.s", 1, "100 errors"],
  ["lower deep.tile", 1, "E0108"],
  ["lower minus.tile", 1, "E0631"],
  ...["lower", "run --on tiles", "profile", "run"].flatMap((command) => [
    [`${command} long-loop.tile`, 1, "E0637"] as const,
    [`${command} nest.tile`, 1, "E0637"] as const,
    [`${command} dims.tile`, 1, "E0637"] as const,
    [`${command} shape.tile`, 1, "E0637"] as const,
    [`${command} offset.tile`, 1, "E06"] as const,
  ]),
  ["lower empty-loops.tile", 0, ""],
  ["run --on tiles empty-loops.tile", 1, "E1011"],
  ["run --on tiles held.tile", 1, "E1011"],
  ["run held.tile", 1, "E1011"],
  ["asm acquires.s", 1, "E0827"],
  ["profile kernels.s", 0, ""],
  ["machine check deep.json", 1, "E1101"],
  ["machine check deep-object.json", 1, "E1101"],
  ["machine check proto.json", 1, "E1103"],
];

const folder = makeFolder();
beforeAll(() => {
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
});
afterAll(() => folder.remove());

test.each(calls)("tgc %s", async (call, exitCode, shown) => {
  const { log, exitCode: found } = await folder.run(...call.split(" "));
  expect(log).toContain(shown);
  expect(log).not.toContain("nobody");
  expect(found, log.slice(0, 2000)).toBe(exitCode);
  expect(log.length).toBeLessThan(200_000);
  expect(readdirSync(folder.path).sort()).toEqual(Object.keys(files).sort());
});
