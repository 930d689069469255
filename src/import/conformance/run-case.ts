// Runs one case of a conformance suite: reads it, imports the model, runs the graph, compares what comes out.

import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import { type Diagnostic, fail, ok, type Result } from "../../../ir-spec/base/result.ts";
import type { Tensor } from "../../../ir-spec/base/tensor.ts";
import { verifyGraph } from "../../../ir-spec/verify-graph.ts";
import type { GpuHost } from "../../../targets/gpu-host/gpu.ts";
import { type ExecutorName, executors, makeTask } from "../../driver/executors.ts";
import { runsOn } from "../../driver/gpu-runs.ts";
import type { Target } from "../../driver/targets.ts";
import { bytesAsSource } from "../byte-source.ts";
import { importWithData } from "../import-with-data.ts";
import type { Imported } from "../onnx/import-model.ts";
import { modelInputs } from "../onnx/model-parts.ts";
import { readMessage } from "../onnx/proto/read.ts";
import type { Message } from "../onnx/proto/schema.ts";
import { noExternal, type OnnxTensor, readTensorFile } from "../onnx/read-tensor.ts";
import type { ImportProblem } from "../onnx/scope.ts";
import { dtypeOf } from "../onnx/values.ts";
import { runTensors } from "../run-tensors.ts";
import type { CaseResult, ConformanceCase } from "./case.ts";
import { type CompareOptions, compareTensors, fitsDtype } from "./compare-tensors.ts";

export interface RunCaseOptions {
  readonly on: ExecutorName;
  readonly target: Target;
  readonly gpu: GpuHost | undefined;
}

type Outcome = Pick<CaseResult, "status" | "reason" | "maxError">;

const unsupported = (reason: string): Outcome => ({ status: "unsupported", reason });
const failed = (reason: string): Outcome => ({ status: "fail", reason });

/** Runs a case; whatever goes wrong is its result. */
export async function runCase(given: ConformanceCase, options: RunCaseOptions): Promise<CaseResult> {
  const { name } = given;
  const model = readMessage("Model", given.model);
  const graph = model.ok ? model.value.graph : undefined;
  const about = { name, on: options.on, ops: opsOf(graph), elements: [] };
  if (!model.ok) return { ...about, ...failed(`model.onnx: ${model.error}`) };
  const data = readData(given);
  const odd = [...(graph?.input ?? []), ...(graph?.output ?? [])].find(
    ({ type }) => type !== undefined && type.tensorType === undefined,
  );
  if (odd !== undefined)
    return { ...about, ...unsupported(`${odd.name ?? ""} is no tensor: a sequence, a map or an optional`) };
  if (!data.ok) return { ...about, ...unsupported(data.error) };
  const { inputs, outputs } = data.value;
  const elements = [...new Set([...inputs, ...outputs].map(({ element }) => element))];
  const outcome = await attemptRun(model.value, data.value, options);
  return { ...about, elements, ...outcome };
}

/** A crash is a result as well: the others of the suite still run. */
async function attemptRun(model: Message<"Model">, data: CaseData, options: RunCaseOptions): Promise<Outcome> {
  try {
    return await runImported(model, data, options);
  } catch (error) {
    return { status: "crash", reason: error instanceof Error ? error.message : String(error) };
  }
}

function opsOf(graph: Message<"Graph"> | undefined): readonly string[] {
  return [...new Set((graph?.node ?? []).map(({ opType }) => opType ?? ""))];
}

interface CaseData {
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
}

function readData({ inputs, outputs }: ConformanceCase): Result<CaseData, string> {
  const read = [...inputs, ...outputs].map((bytes) => readTensorFile(bytesAsSource(bytes), noExternal));
  const wrong = read.find((tensor) => !tensor.ok);
  if (wrong !== undefined && !wrong.ok) return fail(`its data are no tensors: ${wrong.error}`);
  const tensors = read.flatMap((tensor) => (tensor.ok ? [tensor.value] : []));
  return ok({ inputs: tensors.slice(0, inputs.length), outputs: tensors.slice(inputs.length) });
}

async function runImported(model: Message<"Model">, data: CaseData, options: RunCaseOptions): Promise<Outcome> {
  const byName = inputsByName(model, data.inputs);
  const shapes = new Map([...byName].map(([name, { shape }]) => [name, shape]));
  const imported = importWithData(model, byName, {
    dims: new Map(),
    constants: new Map(),
    shapes,
    external: noExternal,
  });
  if (!imported.ok) return unsupported(imported.error.map(problemLine).join("; "));
  const wrong = verifyGraph(imported.value.graph);
  if (wrong.length > 0) return { status: "crash", reason: diagnosticLine(wrong[0]!) };
  const outside = [...byName.values(), ...data.outputs].find((tensor) => !fitsDtype(tensor));
  if (outside !== undefined)
    return unsupported(`${outside.name}: its ${outside.element} do not fit ${dtypeOf(outside.element)}`);
  const tensors = runTensors(imported.value, byName);
  const task = makeTask({
    graph: imported.value.graph,
    inputs: tensors,
    options: { target: options.target, strategy: "heuristic" },
    gpu: options.gpu && runsOn(options.gpu),
  });
  const execution = await executors[options.on].run(task);
  if (execution.kind === "unavailable") return unsupported(`${execution.reason}; ${execution.remedy}`);
  if (execution.kind === "failed") return unsupported(execution.diagnostics.map(diagnosticLine).join("; "));
  const isRounded = imported.value.graph.nodes.some(({ op }) => op === "round");
  return judge(imported.value, data.outputs, {
    found: execution.outputs,
    mayBeOneOff: isRounded && options.on !== "ref",
  });
}

export function problemLine({ where, op, why }: ImportProblem): string {
  return `${op === "" ? "" : `${op}, `}${where}: ${why}`;
}

function diagnosticLine({ code, args }: Diagnostic): string {
  return `${code}: ${errorMessage(code, args)}`;
}

function inputsByName(model: Message<"Model">, tensors: readonly OnnxTensor[]): ReadonlyMap<string, OnnxTensor> {
  const named = modelInputs(model).flatMap((name, index) => {
    const tensor = tensors[index];
    return tensor === undefined ? [] : [[name, tensor] as const];
  });
  return new Map(named);
}

interface Found extends CompareOptions {
  readonly found: ReadonlyMap<string, Tensor>;
}

function judge({ outputs }: Imported, wanted: readonly OnnxTensor[], { found, mayBeOneOff }: Found): Outcome {
  let maxError = 0;
  for (const [index, expected] of wanted.entries()) {
    const port = outputs[index];
    const tensor = port === undefined ? undefined : found.get(port.inGraph);
    if (port === undefined || tensor === undefined) return failed(`output ${index} is missing`);
    const compared = compareTensors(tensor, expected, { mayBeOneOff });
    if ("why" in compared) return failed(`${port.name}: ${compared.why}`);
    if (port.element !== expected.element)
      return failed(`${port.name} is ${port.element}, expected ${expected.element}`);
    maxError = Math.max(maxError, compared.maxError);
  }
  if (maxError <= 1) return { status: "pass", maxError };
  return { ...failed(`its error is ${maxError.toPrecision(3)} times what is allowed`), maxError };
}
