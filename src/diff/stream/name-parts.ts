// The order of a stream's kernels in its normal form, and the names of what is shared between them.

import { takeName } from "../../../ir-spec/base/names.ts";
import { makeScope } from "../../../ir-spec/base/scoped.ts";
import { operandFields } from "../../../targets/neuron/isa/index.ts";
import type { Instruction, Operand, Placement, Stream, StreamItem } from "../../../targets/neuron/stream.ts";
import { kernelNameOf } from "../normal/kernel-name.ts";
import {
  compareTexts,
  findLast,
  maxOrderedStatements,
  type Ordered,
  orderByRoots,
  type RootedStatement,
} from "../normal/order.ts";
import { placementOf, type StreamNames } from "./stream-scope.ts";

export interface NamedParts {
  readonly names: StreamNames;
  readonly kernelOrder: readonly number[];
}

interface TensorUse {
  readonly tensor: number;
  readonly isWritten: boolean;
}

/** All instructions, queue by queue. */
export function instructionsOf({ queues }: Stream): readonly Instruction[] {
  const list = (body: readonly StreamItem[]): readonly Instruction[] =>
    body.flatMap((item) => (item.kind === "loop" ? list(item.body) : [item]));
  return queues.flatMap(({ body }) => list(body));
}

export function nameStreamParts(stream: Stream, showsOrderOfKernels: boolean): NamedParts {
  const instructions = instructionsOf(stream);
  const uses = stream.kernels.map((_kernel, index) => tensorUses(instructions, index));
  const ordered = orderKernels(stream, uses);
  const kernelOrder = ordered.map(({ index }) => index);
  const kernels = nameKernels(stream, uses, ordered);
  const names = {
    stream,
    kernels,
    tensors: nameTensors(stream, uses, { kernels, kernelOrder }),
    releasedIn: tokenKernels(stream, instructions, "release"),
    acquiredIn: tokenKernels(stream, instructions, "acquire"),
    instructionsOf: byKernel(instructions),
    placementsOf: byKernel(stream.placements),
    showsOrderOfKernels,
    keys: new Map(),
  };
  return { names, kernelOrder };
}

function byKernel<T extends { readonly kernel: number }>(parts: readonly T[]): ReadonlyMap<number, readonly T[]> {
  const lists = new Map<number, T[]>();
  for (const part of parts) {
    const known = lists.get(part.kernel);
    if (known === undefined) lists.set(part.kernel, [part]);
    else known.push(part);
  }
  return lists;
}

function tensorUses(instructions: readonly Instruction[], kernel: number): readonly TensorUse[] {
  const uses = new Map<number, boolean>();
  for (const instruction of instructions) {
    if (instruction.kernel !== kernel) continue;
    for (const [name, { role }] of operandFields(instruction.inst)) {
      const operand = operandAt(instruction, name);
      if (operand?.memory !== "hbm") continue;
      uses.set(operand.tensor, uses.get(operand.tensor) === true || role !== "read");
    }
  }
  return [...uses].map(([tensor, isWritten]) => ({ tensor, isWritten }));
}

function operandAt({ args }: Instruction, name: string): Operand | undefined {
  const arg = args[name];
  return arg?.kind === "operand" ? arg.operand : undefined;
}

type AllUses = readonly (readonly TensorUse[])[];

/** Kernels after those whose tensors they touch; the last ones by the outputs that they write, else by what they are. */
function orderKernels(stream: Stream, uses: AllUses): readonly RootedStatement[] {
  if (uses.length > maxOrderedStatements) return uses.map((_own, index) => ({ index, root: index }));
  const keys = stream.kernels.map(({ ops }, index) => {
    const sorted = [...new Set(ops)].sort(compareTexts);
    return [...writtenOutputs(stream, uses[index] ?? []), ...sorted, ...inputsRead(stream, uses[index] ?? [])].join(
      " ",
    );
  });
  const statements = uses.map((own, index): Ordered => {
    const needs = uses.flatMap((other, before) => (before < index && mustFollow(own, other) ? [before] : []));
    const byKey = (a: number, b: number): number => compareTexts(keys[a] ?? "", keys[b] ?? "");
    return { key: keys[index] ?? "", needs: needs.toSorted(byKey) };
  });
  return orderByRoots(statements, findLast(statements));
}

function mustFollow(own: readonly TensorUse[], others: readonly TensorUse[]): boolean {
  return own.some((a) => others.some((b) => a.tensor === b.tensor && (a.isWritten || b.isWritten)));
}

function writtenOutputs({ tensors }: Stream, uses: readonly TensorUse[]): readonly string[] {
  const written = uses.flatMap(({ tensor, isWritten }) => {
    const { role, name } = tensors[tensor] ?? {};
    return isWritten && name !== undefined && (role === "output" || role === "state") ? [name] : [];
  });
  return written.sort(compareTexts);
}

function inputsRead({ tensors }: Stream, uses: readonly TensorUse[]): readonly string[] {
  const read = uses.flatMap(({ tensor }) => {
    const { role, name } = tensors[tensor] ?? {};
    return name === undefined || role === "temp" || role === "constant" ? [] : [name];
  });
  return read.sort(compareTexts);
}

function nameKernels(stream: Stream, uses: AllUses, order: readonly RootedStatement[]): readonly string[] {
  const taken = makeScope<string, number>();
  const names = stream.kernels.map(() => "");
  for (const { index: kernel, root } of order) {
    const ops = [...new Set(stream.kernels[kernel]?.ops ?? [])].sort(compareTexts);
    const [outputs, rootOutputs] = [kernel, root].map((one) => writtenOutputs(stream, uses[one] ?? [])) as [
      readonly string[],
      readonly string[],
    ];
    names[kernel] = takeName(taken, kernelNameOf({ outputs, ops, rootOutputs }));
  }
  return names;
}

function nameTensors(
  { tensors }: Stream,
  uses: AllUses,
  { kernels, kernelOrder }: { readonly kernels: readonly string[]; readonly kernelOrder: readonly number[] },
): readonly string[] {
  const taken = makeScope<string, number>();
  const names = new Map<number, string>();
  for (const [index, { role, name }] of tensors.entries()) {
    if (role !== "temp" && role !== "constant") names.set(index, takeName(taken, name));
  }
  for (const kernel of kernelOrder) {
    for (const { tensor, isWritten } of uses[kernel] ?? []) {
      if (names.has(tensor)) continue;
      const isConstant = tensors[tensor]?.role === "constant";
      if (isConstant) names.set(tensor, takeName(taken, "constant"));
      else if (isWritten) names.set(tensor, takeName(taken, `${kernels[kernel]}_temp`));
    }
  }
  return tensors.map(({ role }, index) => names.get(index) ?? takeName(taken, `unused_${role}`));
}

function tokenKernels(
  { semaphores }: Stream,
  instructions: readonly Instruction[],
  inst: "acquire" | "release",
): readonly ReadonlySet<number>[] {
  const kernels = semaphores.map(() => new Set<number>());
  for (const instruction of instructions) {
    const { sem } = instruction.args;
    if (instruction.inst === inst && sem?.kind === "sem") kernels[sem.sem]?.add(instruction.kernel);
  }
  return kernels;
}

/** What a buffer is called after: the tensor that is loaded to it, else the instruction that writes it first. */
export function fillerOf(names: StreamNames, place: Placement, user: Instruction): string {
  const writes = (instruction: Instruction): boolean =>
    operandFields(instruction.inst).some(([name, { role }]) => {
      const operand = operandAt(instruction, name);
      if (role === "read" || operand === undefined || operand.memory === "hbm") return false;
      return placementOf(names, user.kernel, operand) === place;
    });
  const writers = (names.instructionsOf.get(user.kernel) ?? []).filter(writes);
  const load = writers.flatMap((writer) => operandAt(writer, "src") ?? operandAt(writer, "table") ?? []);
  const source = load.find(({ memory }) => memory === "hbm");
  if (source?.memory === "hbm") return `${names.tensors[source.tensor]}_tile`;
  const insts = [...new Set(writers.map(({ inst }) => inst))].sort(compareTexts);
  return insts[0] ?? "unwritten";
}
