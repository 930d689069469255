// Tile ops -> instructions: which queue runs each, and its operands as addresses. One rule per tile op, typed to be
// exhaustive. The structure of loops stays.

import { type Affine, scaleAffine } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { BufferId } from "../../../ir-spec/base/ids.ts";
import {
  type Access,
  namedAccesses,
  stageOf,
  type TileBuffer,
  type TileNode,
  type TileNodeOf,
  type TileProgram,
  type TileStatement,
  tileAttrsOf,
} from "../../../ir-spec/tile.ts";
import type { ForTileOperands, TileOpName } from "../../../ir-spec/tile-ops/index.ts";
import type { ForOperandFields } from "../inst-args.ts";
import { type InstName, instDef } from "../isa/index.ts";
import { operatorRow } from "../isa/operators.ts";
import type { Argument, EngineName, Instruction, Operand, QueueName } from "../stream.ts";
import type { Allocation, BufferPlace } from "./allocate.ts";
import { assignDmaQueues, type Queues } from "./dma-queues.ts";
import { hoistWeights } from "./hoist-weights.ts";
import type { ElementRange, PlacedInst, PlacedKernel, PlacedNode } from "./placed.ts";
import { joinedRange, rangeOf } from "./ranges.ts";

export function select(program: TileProgram, allocation: Allocation, queues: Queues): readonly PlacedKernel[] {
  return program.kernels.map((kernel, index) => {
    const selection: Selection = {
      program,
      allocation,
      kernel: index,
      queues: assignDmaQueues(program, kernel.body, queues),
    };
    const body = selectBody(selection, kernel.body);
    const sharesBytes = (allocation.sharing[index] ?? []).length > 0;
    return { name: kernel.name, owns: ownsOf(kernel.body), sharesBytes, body: hoistWeights(body) };
  });
}

interface Selection {
  readonly program: TileProgram;
  readonly allocation: Allocation;
  readonly kernel: number;
  readonly queues: ReadonlyMap<TileNode, QueueName>;
}

function ownsOf(body: readonly TileStatement[]): readonly BufferId[] {
  return body.flatMap((statement) => (statement.kind === "alloc" ? [statement.buffer] : []));
}

function selectBody(selection: Selection, body: readonly TileStatement[]): readonly PlacedNode[] {
  return body.flatMap((statement): readonly PlacedNode[] => {
    if (statement.kind === "alloc") return [];
    if (statement.kind === "op") return selectOp(selection, statement);
    return [
      {
        kind: "loop",
        stage: stageOf(statement),
        loop: statement.loop,
        trips: statement.trips,
        advance: selection.allocation.advances[statement.loop] ?? [],
        owns: ownsOf(statement.body),
        body: selectBody(selection, statement.body),
      },
    ];
  });
}

/** What a tile op of N becomes: instructions with the tile op's operands by field name. */
type ChoiceFor<N extends TileOpName> = { readonly [I in InstName]: ChoiceOf<N, I> }[InstName];

/** The same for the instruction I. */
interface ChoiceOf<N extends TileOpName, I extends InstName> {
  readonly inst: I;
  readonly queue: QueueRule<N>;
  /** Field of the instruction -> operand of the tile op. */
  readonly operands: ForOperandFields<I, keyof ForTileOperands<N, Access>>;
}

type QueueRule<N extends TileOpName> = (node: TileNodeOf<N>, transfers: ReadonlyMap<TileNode, QueueName>) => QueueName;

const on =
  (queue: QueueName): QueueRule<TileOpName> =>
  () =>
    queue;
const hinted =
  (otherwise: QueueName): QueueRule<TileOpName> =>
  (node) =>
    node.engine ?? otherwise;
/** The vector engine, unless an operator runs on the general engine alone. */
const byOperators: QueueRule<"tensor_tensor" | "tensor_scalar"> = (node) => {
  const names = node.op === "tensor_tensor" ? [node.attrs.op] : [node.attrs.op0, node.attrs.op1 ?? node.attrs.op0];
  const isOnVector = names.every((name) => operatorRow(name).units.includes("dve"));
  return node.engine ?? (isOnVector ? "dve" : "pool");
};
const byTransfer: QueueRule<TileOpName> = (node, transfers) => transfers.get(node) ?? "dma0";

const same = <const K extends string>(...names: readonly K[]) =>
  Object.fromEntries(names.map((name) => [name, name])) as Readonly<Record<K, K>>;

const choices: { readonly [N in TileOpName]: readonly ChoiceFor<N>[] } = {
  dma: [{ inst: "dma_copy", queue: byTransfer, operands: same("dst", "src") }],
  dma_transpose: [{ inst: "dma_transpose", queue: byTransfer, operands: same("dst", "src") }],
  gather: [{ inst: "dma_gather_skip", queue: byTransfer, operands: same("dst", "table", "index") }],
  matmul: [
    { inst: "load_weights", queue: on("pe"), operands: { src: "stationary" } },
    { inst: "matmul", queue: on("pe"), operands: same("dst", "moving") },
  ],
  transpose: [{ inst: "transpose", queue: on("pe"), operands: same("dst", "src") }],
  activation: [{ inst: "activation", queue: on("act"), operands: same("dst", "src", "bias", "scales", "sum") }],
  tensor_copy: [{ inst: "tensor_copy", queue: hinted("dve"), operands: same("dst", "src") }],
  tensor_tensor: [{ inst: "tensor_tensor", queue: byOperators, operands: same("dst", "lhs", "rhs") }],
  tensor_scalar: [{ inst: "tensor_scalar", queue: byOperators, operands: same("dst", "src", "scalar0", "scalar1") }],
  scalar_tensor_tensor: [
    { inst: "scalar_tensor_tensor", queue: on("dve"), operands: same("dst", "src", "scalar0", "rhs") },
  ],
  tensor_scalar_reduce: [
    { inst: "tensor_scalar_reduce", queue: on("dve"), operands: same("dst", "fold", "src", "scalar0") },
  ],
  tensor_reduce: [{ inst: "tensor_reduce", queue: on("dve"), operands: same("dst", "src") }],
  select: [{ inst: "select", queue: on("dve"), operands: same("dst", "predicate", "on_true", "on_false") }],
  range_select: [
    { inst: "range_select", queue: on("dve"), operands: same("dst", "maximum", "src", "bound0", "bound1") },
  ],
  reciprocal: [{ inst: "reciprocal", queue: on("dve"), operands: same("dst", "src") }],
  memset: [{ inst: "memset", queue: hinted("dve"), operands: same("dst") }],
  iota: [{ inst: "iota", queue: on("pool"), operands: same("dst") }],
};

/** A row seen by code that treats all tile ops alike. */
export interface Choice {
  readonly inst: InstName;
  readonly queue: QueueRule<TileOpName>;
  readonly operands: Readonly<Record<string, string>>;
}

export function choicesOf(op: TileOpName): readonly Choice[] {
  return choices[op] as readonly unknown[] as readonly Choice[];
}

/** The engine that runs a statement; undefined for a transfer. */
export function engineOf(node: TileNode): (typeof engines)[number] | undefined {
  const queue = choicesOf(node.op)[0]?.queue(node, new Map()) ?? "dma0";
  return engines.find((engine) => engine === queue);
}

const engines = ["pe", "act", "dve", "pool"] as const satisfies readonly EngineName[];

function selectOp(selection: Selection, node: TileNode): readonly PlacedInst[] {
  return choicesOf(node.op).map((choice) => selectInst(selection, node, choice));
}

function selectInst(selection: Selection, node: TileNode, choice: Choice): PlacedInst {
  const [accesses, attrs] = [namedAccesses(node), tileAttrsOf(node)];
  const args: Record<string, Argument> = {};
  const reads: BufferId[] = [];
  const writes: BufferId[] = [];
  const ranges = new Map<BufferId, ElementRange>();
  for (const [name, field] of Object.entries(instDef(choice.inst).fields)) {
    if (field.kind === "operand") {
      const access = accesses[choice.operands[name] ?? ""];
      if (access === undefined) continue;
      args[name] = { kind: "operand", operand: operandOf(selection, access) };
      ranges.set(access.buffer, joinedRange(ranges.get(access.buffer), rangeOf(access)));
      if (field.role !== "write") reads.push(access.buffer);
      if (field.role !== "read") writes.push(access.buffer);
    } else if (field.kind === "value") {
      const value = attrs[name];
      if (value !== undefined) args[name] = { kind: "value", value };
    } else if (field.kind === "flag") {
      args[name] = { kind: "flag", flag: node.accumulate ?? false };
    } else if (field.kind === "affine") {
      args[name] = { kind: "affine", affine: node.base ?? { constant: 0, terms: [] } };
    }
  }
  return {
    kind: "inst",
    stage: stageOf(node),
    queue: choice.queue(node, selection.queues),
    inst: { kind: "inst", inst: choice.inst, args, kernel: selection.kernel, ...originOf(node) },
    reads,
    writes,
    ranges,
  };
}

function originOf({ origin }: TileNode): Pick<Instruction, "origin"> {
  return origin === undefined ? {} : { origin };
}

function operandOf(selection: Selection, access: Access): Operand {
  const buffer = selection.program.buffers[access.buffer] as TileBuffer;
  const place = selection.allocation.places[access.buffer] as BufferPlace;
  const offset: Affine = scaleAffine(access.offset, dtypeBytes(buffer.dtype));
  if (place.kind === "hbm") {
    const rows = { stride: access.partition.stride, size: access.partition.size };
    return {
      memory: "hbm",
      dtype: buffer.dtype,
      tensor: place.tensor,
      address: { base: offset, rings: [] },
      dims: [rows, ...access.dims],
    };
  }
  const base = { ...offset, constant: offset.constant + place.addressBytes };
  const rings = place.ring === undefined ? [] : [{ ring: place.ring, scale: place.slotBytes }];
  return {
    memory: buffer.memory === "psum" ? "psum" : "sbuf",
    dtype: buffer.dtype,
    startPartition: access.partition.start,
    partitions: access.partition.size,
    address: { base, rings },
    dims: access.dims,
  };
}
