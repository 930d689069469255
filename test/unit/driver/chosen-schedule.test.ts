// What `tgc profile` prints as the chosen schedule can be put into a file: with it the same stream comes out again, byte for byte.
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import type { Graph } from "../../../ir-spec/graph.ts";
import { loadGraph } from "../../../src/driver/choose-graph.ts";
import { type CompileOptions, graphToStream } from "../../../src/driver/compile.ts";
import { takeSchedule } from "../../../src/driver/schedules.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { printSchedule } from "../../../src/report/print-profile.ts";
import { parseModule } from "../../../src/text/index.ts";
import { printStream } from "../../../targets/neuron/asm/print-stream.ts";
import { unwrap } from "../passes/support.ts";

/** Sizes that compile in moments; the choice is as free as at any other. */
const kernelDims: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  gpt2: { L: 1 },
  "llama-prefill": { L: 1 },
  "llama-decode": { L: 1 },
};

const files = (folder: string): readonly string[] =>
  readdirSync(folder).flatMap((name) => (name.endsWith(".tg") ? [`${folder}/${name}`] : []));

const cases = [
  ...files("samples").flatMap((path) => ["trn2", "tiny"].map((machine) => ({ path, machine }))),
  ...files("test/bench/kernels").map((path) => ({ path, machine: "trn2" })),
];

function streamOf(graph: Graph, options: CompileOptions) {
  const stream = unwrap(graphToStream(graph, options)).value;
  return { text: printStream(stream), kernels: stream.kernels };
}

test.each(cases)("$path on $machine", ({ path, machine }) => {
  const dims = kernelDims[basename(path, ".tg")] ?? {};
  const source = { name: path, text: readFileSync(path, "utf8") };
  const { graph } = unwrap(loadGraph(source, { dims, ...firstGraph(source.text) }));
  const target = unwrap(targetByName(machine));
  const strategies = process.env.TGC_LONG === undefined ? (["heuristic"] as const) : (["heuristic", "naive"] as const);
  for (const strategy of strategies) {
    const chosen = streamOf(graph, { target, strategy });
    const text = printSchedule(graph.name, chosen.kernels);
    const { module, diagnostics } = parseModule({ name: "chosen.tg", text });
    expect(diagnostics).toEqual([]);
    const { schedule } = unwrap(takeSchedule(module, graph.name, "chosen"));
    // With everything given, the strategy decides nothing.
    expect(streamOf(graph, { target, strategy: "naive", schedule }).text).toBe(chosen.text);
  }
});

function firstGraph(text: string): { readonly graph?: string } {
  const name = /^graph (\w+)/m.exec(text)?.[1];
  return name === undefined ? {} : { graph: name };
}
