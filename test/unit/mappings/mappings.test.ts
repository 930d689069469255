// Other tools' mappings: their counts are those that the tools print, and as schedules they move what they say.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Machine } from "../../../ir-spec/machine.ts";
import { type Accesses, countAccesses } from "../../../src/mappings/count-accesses.ts";
import { mappingFields } from "../../../src/mappings/mapping-schedule.ts";
import { readMapping } from "../../../src/mappings/read-mapping.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { rootFolder } from "../../run-tgc.ts";
import { makeFolder } from "../cli/run-in-folder.ts";
import { unwrap } from "../passes/support.ts";
import { timeloopMappings, zigzagMappings } from "./published.ts";

const folder = makeFolder();
afterAll(() => folder.remove());
const samples = ["dataflows.tg", "gemm-timeloop.yaml", "gemm-zigzag.json"] as const;
for (const name of samples) folder.write(name, readFileSync(join(rootFolder, "samples", name), "utf8"));

const read = (text: string, name = "mapping.yaml") => readMapping([{ name, text }]);

describe("access counts are those that the tool prints", () => {
  test.each(timeloopMappings)("$source", ({ text, counts }) => {
    const found = countAccesses(unwrap(read(text)));
    const rows = found.map(({ memory, tensor, reads, fills, updates }) => [
      `${memory} ${tensor}`,
      [reads, fills, updates],
    ]);
    expect(Object.fromEntries(rows)).toEqual(counts);
  });

  test.each(zigzagMappings)("$source", ({ text, counts }) => {
    const found = countAccesses(unwrap(read(text)));
    const rows = found.map(({ memory, tensor, reads, fills, updates, drains }) => [
      `${memory} ${tensor}`,
      [reads, fills, updates, drains],
    ]);
    expect(Object.fromEntries(rows)).toEqual(counts);
  });
});

describe("a mapping of a graph's product as its schedule", () => {
  /** Elements that go through the outermost memory. */
  const outermost = (file: string): { readonly read: number; readonly written: number } => {
    const all = countAccesses(unwrap(read(readFileSync(join(rootFolder, "samples", file), "utf8"), file)));
    const first = (tensor: string): Accesses => all.find((row) => row.tensor === tensor) as Accesses;
    const tensors = [...new Set(all.map(({ tensor }) => tensor))].map(first);
    return {
      read: tensors.reduce((sum, { reads }) => sum + reads, 0),
      written: tensors.reduce((sum, { updates }) => sum + updates, 0),
    };
  };

  test("HBM traffic is what the tool counts for its outermost memory", async () => {
    const files = ["gemm-timeloop.yaml", "gemm-zigzag.json"];
    const { runs } = (await folder.json("compare", "dataflows.tg", "--schedules", files.join(","))) as {
      readonly runs: readonly {
        readonly schedule: string;
        readonly hbm: { readonly readBytes: number; readonly writeBytes: number };
      }[];
    };
    const bf16Bytes = 2;
    expect(runs.map(({ schedule, hbm }) => [schedule, hbm.readBytes, hbm.writeBytes])).toEqual(
      files.map((file) => [file, bf16Bytes * outermost(file).read, bf16Bytes * outermost(file).written]),
    );
  });

  test("a sweep changes fields of it, and knows another mapping", async () => {
    const space = (fields: object) =>
      folder.write("space.json", JSON.stringify({ targets: ["trn2"], schedules: ["own.json"], fields }));
    folder.write("own.json", readFileSync(join(rootFolder, "samples/gemm-zigzag.json"), "utf8"));
    space({ "*": { evict: ["act", "dve"] } });
    const sweep = () => folder.run("sweep", "dataflows.tg", "--space", "space.json", "--out", "swept");
    expect((await sweep()).exitCode).toBe(0);
    const [acts, dves] = folder
      .read("swept/results.jsonl")
      .split("\n")
      .filter((line) => line.includes("own.json"))
      .map((line) => JSON.stringify(JSON.parse(line).metrics));
    expect(acts).toBeDefined();
    expect(acts).not.toBe(dves);
    folder.write("own.json", folder.read("own.json").replace('"(D0, 4)", "(D1, 2)"', '"(D1, 2)", "(D0, 4)"'));
    expect((await sweep()).log).toContain("E1642");
  });

  test("operands are matched by sizes, and blocks are cut to the machine", () => {
    const [convolution] = timeloopMappings;
    const mapping = unwrap(read(convolution?.text ?? ""));
    const fields = (name: string) => unwrap(mappingFields(mapping, machineByName(name) as Machine));
    // In DRAM C 2, N 32, M 2, Q 4 and P 128, outermost first, then C 64, Q 32, M 8 and 8 at once; N, P and Q are columns of the product. A
    // second loop over n is a tile loop, though it is in DRAM.
    const common = { block_order: ["k", "n", "m"], tile_order: ["n", "m", "k"], block_n: 512, accumulate: "sbuf" };
    expect(fields("trn2")).toMatchObject({
      ...common,
      tile_m: 64,
      tile_n: 32,
      tile_k: 64,
      load_lhs: "block_2",
      load_rhs: "tile_0",
    });
  });

  test("what cannot be: too many loops, another product, several products", async () => {
    const deep = `problem:
  shape:
    dimensions: [M, N, K]
    data_spaces:
      - { name: A, projection: [[[M]], [[K]]] }
      - { name: B, projection: [[[N]], [[K]]] }
      - { name: Z, projection: [[[M]], [[N]]], read_write: true }
  instance: { M: 1024, N: 1, K: 1024 }
architecture: { nodes: [{ name: L3, class: DRAM }, { name: L2, class: SRAM }, { name: L1, class: SRAM }] }
mapping:
  - { target: L3, type: temporal, factors: M=2 K=2, permutation: KMN }
  - { target: L2, type: temporal, factors: M=2 K=2, permutation: KMN }
  - { target: L1, type: temporal, factors: M=256 K=256, permutation: KMN }
`;
    const fields = mappingFields(unwrap(read(deep)), machineByName("trn2") as Machine);
    expect(fields).toMatchObject({ ok: false, error: [{ code: "E1607" }] });
    const wrong = await folder.run("compare", "dataflows.tg", "--schedules", "gemm-zigzag.json", "--dim", "M=256");
    expect([wrong.exitCode, wrong.log]).toEqual([1, expect.stringContaining("E1608")]);
  });
});

describe("nothing in a file is trusted", () => {
  const text = timeloopMappings[0]?.text ?? "";
  test.each([
    ["no YAML", "mapping: [", "E1602"],
    ["nested ten thousand deep", "[".repeat(10_000), "E1602"],
    ["an alias of what is around it", "&a [*a]", "E1603"],
    ["nothing", "", "E1603"],
    ["keys of objects", "mapping:\n  - { target: __proto__, type: constructor }\nproblem: {}", "E1604"],
    ["a huge size", text.replace("P: 128", "P: 99999999999999999999"), "E1604"],
    ["sizes whose product is huge", text.replace("N: 32", "N: 2147483647"), "E1606"],
    ["a factor of a stranger", text.replace("C64", "X64"), "E1604"],
    ["factors that do not multiply to the size", text.replace("C64", "C32"), "E1605"],
    ["a remainder", text.replace("C64 M8 Q32", '"C64,3 M8 Q32"'), "E1606"],
    ["an entry that is none", text.replace("C64", "C64,3"), "E1604"],
    ["a window of 3", text.replace("R: 1", "R: 3"), "E1606"],
    [
      "a stranger among the tensors",
      text.replace('factors: ""', 'factors: "", bypass: [Q]').replace('type: temporal, factors: ""', "type: datatype"),
      "E1604",
    ],
    [
      "what is not read",
      text.replace("permutation: MQCRSNPG", "permutation: MQCRSNPG, no_temporal_reuse: [Inputs]"),
      "E1606",
    ],
  ])("%s", (_, given, code) => {
    const found = read(given);
    expect(found.ok ? [] : found.error.map((error) => error.code)).toContain(code);
  });
});
