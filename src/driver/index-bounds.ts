// Which inputs of a tile program or stream pick rows of a table, and how many rows there are: random values of such an input
// are indices that lie inside. Of a graph `inputBounds` (ir-spec/random-tensor.ts) says it.

import type { TileKernel, TileNode, TileProgram, TileStatement } from "../../ir-spec/tile.ts";
import type { InstName } from "../../targets/neuron/isa/index.ts";
import type { Instruction, Operand, Stream, StreamItem } from "../../targets/neuron/stream.ts";
import type { DriverProgram } from "./programs.ts";

/** For inputs by name the number of rows that their values must be below. */
export type IndexBounds = ReadonlyMap<string, number>;

export function programIndexBounds(program: DriverProgram): IndexBounds {
  return program.stage === "tiles" ? tileIndexBounds(program.program) : streamIndexBounds(program.program);
}

/** An index tile that is loaded from a tensor, and the table that it picks from. */
interface Pick {
  readonly tensor: string;
  readonly rows: number;
}

function smallest(picks: readonly Pick[]): IndexBounds {
  const bounds = new Map<string, number>();
  for (const { tensor, rows } of picks) bounds.set(tensor, Math.min(rows, bounds.get(tensor) ?? rows));
  return bounds;
}

function tileIndexBounds(program: TileProgram): IndexBounds {
  return smallest(program.kernels.flatMap((kernel) => picksOfKernel(program, kernel)));
}

function picksOfKernel({ buffers }: TileProgram, kernel: TileKernel): readonly Pick[] {
  const nodes = nodesOf(kernel.body);
  const loads = nodes.filter((node) => node.op === "dma");
  return nodes.flatMap((node) => {
    if (node.op !== "gather") return [];
    const { index, table } = node.operands;
    const rows = table.partition.size.max;
    const ofIndex = loads.filter(({ operands }) => operands.dst.buffer === index.buffer);
    return ofIndex.flatMap(({ operands: { src } }) => {
      const tensor = buffers[src.buffer];
      return tensor === undefined ? [] : [{ tensor: tensor.name, rows }];
    });
  });
}

function nodesOf(body: readonly TileStatement[]): readonly TileNode[] {
  return body.flatMap((statement) => {
    if (statement.kind === "loop") return nodesOf(statement.body);
    return statement.kind === "op" ? [statement] : [];
  });
}

const rowPickers: ReadonlySet<InstName> = new Set<InstName>([
  ...(["dma_gather", "dma_gather_skip", "dma_scatter", "dma_scatter_skip"] as const),
]);

/** An index tile is found where it was loaded to: at the same first byte, in the same kernel. */
function streamIndexBounds(stream: Stream): IndexBounds {
  const all = stream.queues.flatMap(({ body }) => instructionsOf(body));
  const loads = all.filter(({ inst }) => inst === "dma_copy");
  const picks = all.flatMap((instruction): readonly Pick[] => {
    const [index, table] = [operandOf(instruction, "index"), operandOf(instruction, "table")];
    if (!rowPickers.has(instruction.inst) || index === undefined || table === undefined) return [];
    const rows = table.dims[0]?.size.max ?? 1;
    const isLoad = (other: Instruction): boolean => {
      const dst = operandOf(other, "dst");
      return other.kernel === instruction.kernel && dst !== undefined && isAtSamePlace(dst, index);
    };
    return loads.filter(isLoad).flatMap((load) => {
      const src = operandOf(load, "src");
      const tensor = src?.memory === "hbm" ? stream.tensors[src.tensor] : undefined;
      return tensor === undefined ? [] : [{ tensor: tensor.name, rows }];
    });
  });
  return smallest(picks);
}

function isAtSamePlace(a: Operand, b: Operand): boolean {
  return a.memory === b.memory && a.dtype === b.dtype && a.address.base.constant === b.address.base.constant;
}

function operandOf({ args }: Instruction, name: string): Operand | undefined {
  const argument = args[name];
  return argument?.kind === "operand" ? argument.operand : undefined;
}

function instructionsOf(body: readonly StreamItem[]): readonly Instruction[] {
  return body.flatMap((item) => (item.kind === "loop" ? instructionsOf(item.body) : [item]));
}
