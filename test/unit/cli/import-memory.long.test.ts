// A model of 2 GB is imported in less than 1 GB, whether its weights are beside it or in it. The files are sparse.
import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rootFolder } from "../../run-tgc.ts";
import { type Draft, node, valueInfo, writeMessage } from "../import/write-proto.ts";
import { makeFolder } from "./run-in-folder.ts";

const [rows, columns] = [8192, 16384];
const weightBytes = rows * columns * 4;

const graph = (count: number): Draft<"Graph"> => ({
  name: "g",
  node: Array.from({ length: count }, (_, index) => node("MatMul", [`h${index}`, `w${index}`], [`h${index + 1}`])),
  input: [valueInfo("h0", "FLOAT", [1, rows])],
  output: [{ name: `h${count}` }],
});
const dimsOf = (index: number): readonly number[] => (index % 2 === 0 ? [rows, columns] : [columns, rows]);
const head: Draft<"Model"> = { irVersion: 9, opsetImport: [{ version: 18 }] };

/** Weights in a file beside the model. */
function writeBeside(folder: string): void {
  const initializer = Array.from({ length: 4 }, (_, index) => ({
    ...{ name: `w${index}`, dims: dimsOf(index), dataType: 1, dataLocation: 1 },
    externalData: [
      { key: "location", value: "weights.bin" },
      { key: "offset", value: String(index * weightBytes) },
    ],
  }));
  writeParts(join(folder, "m.onnx"), [writeMessage("Model", { ...head, graph: { ...graph(4), initializer } })]);
  writeParts(join(folder, "weights.bin"), [4 * weightBytes]);
}

/** Weights in the model, as far as protobuf allows: three of them, 1.6 GB. */
function writeInside(folder: string): void {
  const tensors = [0, 1, 2].map((index) => {
    const fields = writeMessage("Tensor", { name: `w${index}`, dims: dimsOf(index), dataType: 1 });
    const start = Uint8Array.from([...fields, 0x4a, ...varint(weightBytes)]); // Tensor.raw_data
    const begins = Uint8Array.from([0x2a, ...varint(start.length + weightBytes), ...start]); // Graph.initializer
    return [begins, weightBytes] as const;
  });
  const others = writeMessage("Graph", graph(3));
  const graphBytes = tensors.reduce((sum, [begins, hole]) => sum + begins.length + hole, others.length);
  const begins = Uint8Array.from([...writeMessage("Model", head), 0x3a, ...varint(graphBytes), ...others]); // Model.graph
  writeParts(join(folder, "m.onnx"), [begins, ...tensors.flat()]);
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** Bytes, and holes of as many bytes as the numbers say. */
function writeParts(path: string, parts: readonly (Uint8Array | number)[]): void {
  const descriptor = openSync(path, "w");
  let place = 0;
  for (const part of parts) {
    if (typeof part === "number") place += part;
    else place += writeSync(descriptor, part, 0, part.length, place);
  }
  ftruncateSync(descriptor, place);
  closeSync(descriptor);
}

/** Says the peak of a process's memory when it ends; Linux counts what the parent had into `maxRSS`, so there the own status is asked. */
const preload = `
  import { existsSync, readFileSync } from "node:fs";
  process.on("exit", () => {
    const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
    const peak = /VmHWM:\\s*(\\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
    console.error("peak " + peak);
  });`;

/** Runs the command in a process of its own, and gives its peak of memory (MiB). */
function importPeakMiB(cwd: string): number {
  const url = `data:text/javascript,${encodeURIComponent(preload)}`;
  const command = join(rootFolder, "bin/tgc.js");
  const words = ["--import", url, command, "import", "m.onnx", "-o", "m.tg"];
  const { stderr } = spawnSync(process.execPath, words, { cwd, encoding: "utf8" });
  return Number(/peak (\d+)/.exec(stderr)?.[1]) / 1024;
}

test.each([
  ["beside it", writeBeside, 4],
  ["in it", writeInside, 3],
] as const)("a model with its weights %s", (_where, write, count) => {
  const folder = makeFolder();
  write(folder.path);
  expect(importPeakMiB(folder.path)).toBeLessThan(1024);
  expect(statSync(join(folder.path, "m.safetensors")).size).toBeGreaterThan(count * weightBytes);
  folder.remove();
});
