// A buffer on chip whose dtype has less room than the values that it keeps: none of the nodes that its statement comes from has that dtype.

import { dtypes, isFloat } from "../../../ir-spec/base/dtype.ts";
import { type Graph, typeOf } from "../../../ir-spec/graph.ts";
import { printTileNode } from "../../../ir-spec/print-tile.ts";
import type { Access, TileNode, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";

export interface NarrowBuffer {
  readonly kernel: string;
  readonly statement: string;
  readonly node: number;
  readonly words: string;
}

export function narrowBuffer(graph: Graph, program: TileProgram): NarrowBuffer | undefined {
  for (const { name: kernel, body } of program.kernels) {
    for (const statement of nodesIn(body)) {
      const found = narrowIn(graph, program, statement);
      if (found !== undefined) return { kernel, statement: printTileNode(program, statement), ...found };
    }
  }
  return undefined;
}

function nodesIn(body: readonly TileStatement[]): readonly TileNode[] {
  return body.flatMap((statement) => {
    if (statement.kind === "loop") return nodesIn(statement.body);
    return statement.kind === "op" ? [statement] : [];
  });
}

function narrowIn(graph: Graph, { buffers }: TileProgram, { operands, origin = [] }: TileNode) {
  const { dst } = operands as Readonly<Record<string, Access | undefined>>;
  const buffer = buffers[dst?.buffer ?? -1];
  const nodes = origin.flatMap((id) => graph.nodes[id] ?? []);
  if (buffer === undefined || buffer.memory === "hbm" || !isFloat(buffer.dtype) || nodes.length === 0) return undefined;
  const values = nodes.flatMap((node) => [...node.results, ...node.operands]);
  const floats = values.map((value) => typeOf(graph, value).dtype).filter(isFloat);
  const isNarrower = floats.every((dtype) => dtypes[dtype].mantissaBits > dtypes[buffer.dtype].mantissaBits);
  if (floats.length === 0 || !isNarrower) return undefined;
  const words = `buffer ${buffer.name} keeps values of ${[...new Set(floats)].join(", ")} in ${buffer.dtype}`;
  return { words, node: Math.max(...origin) };
}
