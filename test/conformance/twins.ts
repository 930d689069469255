// Expanded functions and their one-node twins: whether both become the same graph, and so the same kernels.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { runPasses } from "../../passes/run.ts";
import { dataFiles } from "../../src/cli/onnx/files.ts";
import { normalGraph } from "../../src/diff/normal/normal-graph.ts";
import { graphPipeline, passEnv } from "../../src/driver/compile.ts";
import { targetByName, targetKinds } from "../../src/driver/targets.ts";
import { bytesAsSource } from "../../src/import/byte-source.ts";
import { importWithData } from "../../src/import/import-with-data.ts";
import { modelInputs } from "../../src/import/onnx/model-parts.ts";
import { readMessage } from "../../src/import/onnx/proto/read.ts";
import { noExternal, readTensorFile } from "../../src/import/onnx/read-tensor.ts";
import type { Twins } from "./report.ts";

/** The normal form of the graph that is lowered for trn2; undefined where there is none. */
function loweredGraph(folder: string): string | undefined {
  const model = readMessage("Model", readFileSync(join(folder, "model.onnx")));
  const target = targetByName("trn2");
  if (!model.ok || !target.ok) return undefined;
  const tensors = dataFiles(join(folder, "test_data_set_0"), "input").map((file) =>
    readTensorFile(bytesAsSource(readFileSync(file)), noExternal),
  );
  const inputs = new Map(
    modelInputs(model.value).flatMap((name, index) => {
      const tensor = tensors[index];
      return tensor?.ok ? [[name, tensor.value] as const] : [];
    }),
  );
  const shapes = new Map([...inputs].map(([name, { shape }]) => [name, shape]));
  const options = { dims: new Map(), constants: new Map(), shapes, external: noExternal };
  const imported = importWithData(model.value, inputs, options);
  if (!imported.ok) return undefined;
  const made = runPasses(graphPipeline(passes), imported.value.graph, { env: passEnv(target.value) });
  return made.ok ? printGraph(normalGraph(made.value.ir)) : undefined;
}

/** Those of the target up to fusion: graphs that are equal then become equal kernels. */
const passes = targetKinds.neuron.passes.filter((name) => name !== "fuse");

/** Compares all expanded cases among some folders with their twins. */
export function compareTwins(folders: readonly string[]): Twins {
  const byName = new Map(folders.map((folder) => [basename(folder), folder]));
  const pairs = [...byName].flatMap(([name, folder]) => {
    const twin = byName.get(name.replace(/_expanded(_ver\d+)?$/, ""));
    return /_expanded(_ver\d+)?$/.test(name) && twin !== undefined ? [{ name, expanded: folder, twin }] : [];
  });
  const compiled = pairs.flatMap(({ name, expanded, twin }) => {
    const [left, right] = [loweredGraph(expanded), loweredGraph(twin)];
    return left === undefined || right === undefined
      ? []
      : [{ name: name.replace(/^test_/, ""), isSame: left === right }];
  });
  return { pairs: compiled.length, same: compiled.filter(({ isSame }) => isSame).map(({ name }) => name) };
}
