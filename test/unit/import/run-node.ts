// Models of one node, run on the reference and on the simulator.
import { targetByName } from "../../../src/driver/targets.ts";
import { runCase } from "../../../src/import/conformance/run-case.ts";
import type { ElementName } from "../../../src/import/onnx/elements.ts";
import { type ModelDraft, model, type NodeDraft, tensorBytes, valueInfo } from "./write-proto.ts";

/** The elements of an operand or result. */
export interface Given {
  readonly element: ElementName;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const inputNames = ["a", "b", "c", "d"];

/** What becomes of a model of one node whose operands are a, b, c and d. */
export async function statuses(made: NodeDraft, inputs: readonly Given[], output: Given): Promise<readonly string[]> {
  const target = targetByName("tiny");
  if (!target.ok) throw new Error("no target");
  const draft: ModelDraft = {
    inputs: inputs.map(({ element, shape }, index) => valueInfo(inputNames[index]!, element, shape)),
    outputs: ["y"],
    nodes: [made],
  };
  const bytes = ({ element, shape, data }: Given): Uint8Array => tensorBytes(element, shape, data);
  const given = { name: "case", model: model(draft), inputs: inputs.map(bytes), outputs: [bytes(output)] };
  const runs = (["ref", "neuron"] as const).map((on) => runCase(given, { on, target: target.value, gpu: undefined }));
  return (await Promise.all(runs)).map(({ status, reason }) => reason ?? status);
}

export const onBoth = (reason: string): readonly string[] => [reason, reason];
