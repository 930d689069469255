// Compares two instruction streams: whether both are sound, what their outputs are computed as, and at last their values on inputs.

import { fail, ok } from "../../ir-spec/base/result.ts";
import { tensorBytes } from "../../ir-spec/base/tensor.ts";
import { checkStream } from "../../targets/neuron/check/check.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { findTooMuchData } from "../../targets/neuron/stream-bounds.ts";
import { programIndexBounds } from "../driver/index-bounds.ts";
import type { ComparedPrograms } from "./diff-graphs.ts";
import { type MadeStream, partStreams } from "./part-streams.ts";
import type { ValuesFinding } from "./report.ts";
import { printNormalStream } from "./stream/normal-stream.ts";
import { makeNumbering, numberExecution, outputNumbers } from "./stream/number-values.ts";
import { compareRuns, type Runner } from "./values/compare.ts";
import { type Alignment, alignPorts, type Port } from "./values/interface.ts";
import { describeProblem } from "./words.ts";

export function streamPorts({ tensors }: Stream): readonly Port[] {
  return tensors.flatMap(({ name, dtype, shape, role }): Port[] =>
    role === "temp" || role === "constant" ? [] : [{ name, dtype, shape, role }],
  );
}

/** The stream after under the names of the one before. */
function renameStream(stream: Stream, { renamed }: Alignment): Stream {
  const names = new Map(renamed.map(({ before, after }) => [after, before]));
  const tensors = stream.tensors.map((tensor) =>
    tensor.role === "temp" || tensor.role === "constant"
      ? tensor
      : { ...tensor, name: names.get(tensor.name) ?? tensor.name },
  );
  return { ...stream, tensors };
}

export function compareStreams(before: MadeStream, given: MadeStream, seed: number): ComparedPrograms {
  const alignment = alignPorts(streamPorts(before.stream), streamPorts(given.stream));
  const after: MadeStream = { ...given, stream: renameStream(given.stream, alignment) };
  const options = { showsOrderOfKernels: true };
  const [textBefore, textAfter] = [before, after].map(({ stream }) => printNormalStream(stream, options)) as [
    string,
    string,
  ];
  const values = compareStreamValues(before, after, { alignment, seed, isSameForm: textBefore === textAfter });
  return { renamed: alignment.renamed, values, before: textBefore, after: textAfter };
}

interface StreamComparison {
  readonly alignment: Alignment;
  readonly seed: number;
  readonly isSameForm: boolean;
}

function compareStreamValues(before: MadeStream, after: MadeStream, comparison: StreamComparison): ValuesFinding {
  const { alignment, seed, isSameForm } = comparison;
  if (alignment.mismatches.length > 0) return { kind: "interface", mismatches: alignment.mismatches };
  const hazard = findHazard(before, after);
  if (hazard !== undefined) return { kind: "hazard", why: hazard };
  const tooMuch = findTooMuchData(before.stream) ?? findTooMuchData(after.stream);
  if (tooMuch !== undefined) return { kind: "undecided", why: describeProblem(tooMuch) };
  if (haveSameNumbers(before, after)) {
    return isSameForm
      ? { kind: "identical", why: "the normal forms are equal, and each output is computed by the same instructions" }
      : { kind: "proven", why: "each output is computed by the same instructions from the same values" };
  }
  return compareOnInputs(before, after, seed);
}

/** A stream that is not proven right has no values of its own: they may depend on timing. */
function findHazard(before: MadeStream, after: MadeStream): string | undefined {
  const hazards = [before, after].map(
    ({ stream, machine }) => checkStream(stream, machine, { maxDiagnostics: 1 }).diagnostics[0],
  );
  const [a, b] = hazards.map((found) => (found === undefined ? undefined : describeProblem(found)));
  if (a === undefined && b === undefined) return undefined;
  if (a !== undefined && b !== undefined) return `both programs fail the stream check: ${a}; ${b}`;
  return a === undefined
    ? `the program after fails the stream check: ${b}`
    : `the program before fails the stream check: ${a}`;
}

function haveSameNumbers(before: MadeStream, after: MadeStream): boolean {
  const [a, b] = [numbersOf(before), numbersOf(after)];
  if (a === undefined || b === undefined) return false;
  return [...a].every(([name, [low, high]]) => b.get(name)?.[0] === low && b.get(name)?.[1] === high);
}

/** Tensors whose shadows are more than this are not numbered, as a number is eight times as long as a byte (B). */
const maxNumberedBytes = 2 ** 27;

function numbersOf({ stream, machine }: MadeStream): ReturnType<typeof outputNumbers> | undefined {
  const bytes = stream.tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  if (bytes > maxNumberedBytes) return undefined;
  const numbering = makeNumbering(stream, machine);
  const ran = simulate(stream, machine, undefined, { observe: (execution) => numberExecution(numbering, execution) });
  return ran.ok ? outputNumbers(numbering) : undefined;
}

function compareOnInputs(before: MadeStream, after: MadeStream, seed: number): ValuesFinding {
  const inputs = streamPorts(before.stream).filter(({ role }) => role !== "output");
  const types = new Map(inputs.map((port) => [port.name, port]));
  const boundsOf = (program: Stream) => programIndexBounds({ stage: "stream", program, spanOf: () => undefined });
  const choice = { types, bounds: new Map([...boundsOf(before.stream), ...boundsOf(after.stream)]), seed };
  const pair = { before: runnerOf(before), after: runnerOf(after), alignment: sameNames };
  const compared = compareRuns(pair, choice);
  if (compared.kind === "equal") return { kind: "tested", inputs: compared.inputs };
  if (compared.kind === "refused") return compared;
  const parting = partStreams(before, after, { inputs: compared.inputs, element: compared.difference });
  return { kind: "differ", difference: compared.difference, ...(parting === undefined ? {} : { parting }) };
}

/** After `renameStream` both streams have the same names. */
const sameNames: Alignment = { names: new Map(), renamed: [], mismatches: [] };

function runnerOf({ stream, machine }: MadeStream): Runner {
  return (inputs) => {
    const ran = simulate(stream, machine, inputs);
    return ran.ok ? ok(ran.value.outputs) : fail(ran.error);
  };
}
