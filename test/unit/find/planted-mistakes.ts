// Mistakes of the kinds that compilers make, planted in what the compiler makes of a program: in the graph after a pass, in the tile program, in
// the stream. Each knows its kind, and what of the text it is about.
import { addAffine, constant } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { ValueId } from "../../../ir-spec/base/ids.ts";
import { elementCount, typesEqual } from "../../../ir-spec/base/tensor.ts";
import { callOf, type Graph, type Node, typeOf } from "../../../ir-spec/graph.ts";
import { nodeAttrs } from "../../../ir-spec/graph-builder.ts";
import { inferOp, opDef } from "../../../ir-spec/ops/index.ts";
import type { Access, TileNode, TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import { verifyTile } from "../../../ir-spec/verify-tile.ts";
import { rewriteGraph } from "../../../passes/rewrite.ts";
import type { Plant } from "../../../src/driver/compile.ts";
import type { CauseKind } from "../../../src/find/why-wrong/report.ts";
import type { Argument, Instruction, Operand, Stream, StreamItem } from "../../../targets/neuron/stream.ts";

export interface Mistake {
  readonly kind: CauseKind;
  readonly words: string;
  readonly level: "graph" | "tiles" | "stream";
  /** Indices of the nodes that it is about; of the graph at its stage. */
  readonly nodes: readonly number[];
  readonly plant: Plant;
}

/** The mistakes of a graph, as the pass `expand` has made it. */
export function graphMistakes(graph: Graph): readonly Mistake[] {
  return graph.nodes.flatMap((node, index) =>
    changesOf(graph, node).flatMap(({ kind, words, graph: changed }): readonly Mistake[] => [
      { kind, words: `${node.op}: ${words}`, level: "graph", nodes: [index], plant: plantGraph(changed) },
    ]),
  );
}

/** A plant may run several times: each compilation has its own. */
function plantGraph(changed: Graph): Plant {
  return { inPass: (made, { name }) => (name === "expand" ? ({ level: "graph", ir: changed } as typeof made) : made) };
}

interface GraphChange {
  readonly kind: CauseKind;
  readonly words: string;
  readonly graph: Graph;
}

function withCall(graph: Graph, node: Node, make: Parameters<typeof rewriteGraph>[1]): Graph {
  return rewriteGraph(graph, (other, operands, to) => (other === node ? make(other, operands, to) : undefined));
}

function changesOf(graph: Graph, node: Node): readonly GraphChange[] {
  return [
    ...otherAxes(graph, node),
    ...otherNumbers(graph, node),
    ...maskChanges(graph, node),
    ...layoutChanges(graph, node),
    ...shifts(graph, node),
    ...narrowed(graph, node),
    ...specials(graph, node),
  ];
}

function otherAxes(graph: Graph, node: Node): readonly GraphChange[] {
  const types = node.operands.map((operand) => typeOf(graph, operand));
  const rank = types[0]?.shape.length ?? 0;
  const attrs = node.attrs as Readonly<Record<string, unknown>>;
  return Object.entries(opDef(node.op).attrs).flatMap(([name, { kind }]) => {
    if (kind !== "axes" && kind !== "axis") return [];
    return Array.from({ length: rank }, (_, axis) => axis).flatMap((axis): readonly GraphChange[] => {
      const value = kind === "axes" ? [axis] : axis;
      if (JSON.stringify(value) === JSON.stringify(attrs[name])) return [];
      const changed = nodeAttrs(node.op, types, { ...node.attrs, [name]: value });
      const inferred = inferOp(node.op, types, changed);
      const [type] = inferred.ok ? inferred.value : [];
      const { shape } = typeOf(graph, node.results[0]);
      if (type === undefined || node.results.length > 1 || elementCount(type.shape) !== elementCount(shape)) return [];
      const made = withCall(graph, node, (_node, operands, { add, builder, info }) => {
        const [result] = add(callOf(node.op, operands, changed) as never);
        return type.shape.join() === shape.join() ? [result] : builder.add("reshape", [result], { shape }, info);
      });
      return [{ kind: "wrong axis", words: `${name}=${value}`, graph: made }];
    });
  });
}

function otherNumbers(graph: Graph, node: Node): readonly GraphChange[] {
  if (node.op !== "full" || node.attrs.value === 0 || Math.abs(Number(node.attrs.value)) > 100) return [];
  const attrs = { ...node.attrs, value: Number(node.attrs.value) * 2 };
  const made = withCall(graph, node, (_node, operands, { add }) => add(callOf("full", operands, attrs) as never));
  return [{ kind: "wrong scale", words: `value=${attrs.value}`, graph: made }];
}

function maskChanges(graph: Graph, node: Node): readonly GraphChange[] {
  if (node.op !== "where") return [];
  const branch = typeOf(graph, node.operands[1] as ValueId);
  if (!typesEqual(branch, typeOf(graph, node.results[0]))) return [];
  const made = withCall(graph, node, (_node, operands) => [operands[1] as ValueId]);
  return [{ kind: "dropped mask", words: "left out", graph: made }];
}

function layoutChanges(graph: Graph, node: Node): readonly GraphChange[] {
  if (node.op !== "matmul") return [];
  return node.operands.flatMap((operand, at): readonly GraphChange[] => {
    const { shape } = typeOf(graph, operand);
    const rank = shape.length;
    if (shape.at(-1) !== shape.at(-2)) return [];
    const perm = shape.map((_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis));
    const made = withCall(graph, node, (_node, operands, { builder, info, add }) => {
      const [turned] = builder.add("transpose", [operands[at] as ValueId], { perm }, info);
      return add(callOf("matmul", operands.with(at, turned), node.attrs as never) as never);
    });
    return [{ kind: "swapped layout", words: `operand ${at} transposed`, graph: made }];
  });
}

function shifts(graph: Graph, node: Node): readonly GraphChange[] {
  if (node.op !== "slice") return [];
  const types = node.operands.map((operand) => typeOf(graph, operand));
  const { starts, ends } = node.attrs as unknown as { starts: readonly number[]; ends: readonly number[] };
  return starts.flatMap((_, axis): readonly GraphChange[] => {
    const attrs = nodeAttrs("slice", types, {
      ...node.attrs,
      starts: starts.with(axis, (starts[axis] as number) + 1),
      ends: ends.with(axis, (ends[axis] as number) + 1),
    });
    const inferred = inferOp("slice", types, attrs);
    if (!inferred.ok || !inferred.value.every((type) => typesEqual(type, typeOf(graph, node.results[0])))) return [];
    const made = withCall(graph, node, (_node, operands, { add }) => add(callOf("slice", operands, attrs) as never));
    return [{ kind: "off by one", words: `axis ${axis}`, graph: made }];
  });
}

const wide: readonly string[] = ["matmul", "mul", "add", "exp", "reduce_sum"];

function narrowed(graph: Graph, node: Node): readonly GraphChange[] {
  if (!wide.includes(node.op) || typeOf(graph, node.results[0]).dtype !== "f32") return [];
  const made = withCall(graph, node, (_node, operands, { builder, info, add }) => {
    const [result] = add(callOf(node.op, operands, node.attrs as never) as never);
    const [small] = builder.add("cast", [result], { to: "f16" }, info);
    return builder.add("cast", [small], { to: "f32" }, info);
  });
  return [{ kind: "f16 overflow", words: "kept in f16", graph: made }];
}

function specials(graph: Graph, node: Node): readonly GraphChange[] {
  if (node.op === "max" && typeOf(graph, node.results[0]).dtype === "f32") {
    const made = withCall(graph, node, (_node, [a, b], { builder, info, add }) => {
      const [isGreater] = builder.add("greater", [a as ValueId, b as ValueId], {}, info);
      return add({ op: "where", operands: [isGreater, a as ValueId, b as ValueId], attrs: {} });
    });
    return [{ kind: "NaN handling", words: "as a comparison", graph: made }];
  }
  if (node.op !== "relu") return [];
  const made = withCall(graph, node, (_node, [a], { builder, info, add }) => {
    const [zero] = builder.add("full", [], { value: 0, shape: [], dtype: builder.typeOf(a as ValueId).dtype }, info);
    const [isGreater] = builder.add("greater", [a as ValueId, zero], {}, info);
    return add({ op: "where", operands: [isGreater, a as ValueId, zero], attrs: {} });
  });
  return [{ kind: "NaN handling", words: "as a comparison", graph: made }];
}

/** The mistakes of a tile program, as the last pass has made it. */
export function tileMistakes(program: TileProgram, pass: string): readonly Mistake[] {
  return statementsOf(program).flatMap((node) =>
    tileChanges(program, node).flatMap(({ kind, words, changed }): readonly Mistake[] => {
      const made = typeof changed === "function" ? changed(program) : replaceNode(program, node, changed);
      if (verifyTile(made).length > 0) return [];
      const nodes = [...(node.origin ?? [])];
      return [{ kind, words: `${node.op}: ${words}`, level: "tiles", nodes, plant: inPassAlways(pass, made) }];
    }),
  );
}

const inPassAlways = (pass: string, changed: TileProgram): Plant => ({
  inPass: (made, { name }) => (name === pass ? ({ level: "tile", ir: changed } as typeof made) : made),
});

interface TileChange {
  readonly kind: CauseKind;
  readonly words: string;
  readonly changed: TileNode | undefined | ((program: TileProgram) => TileProgram);
}

function statementsOf(program: TileProgram): readonly TileNode[] {
  const visit = (body: readonly TileStatement[]): readonly TileNode[] =>
    body.flatMap((statement) => {
      if (statement.kind === "loop") return visit(statement.body);
      return statement.kind === "op" ? [statement] : [];
    });
  return program.kernels.flatMap(({ body }) => visit(body));
}

function replaceNode(program: TileProgram, old: TileNode, changed: TileNode | undefined): TileProgram {
  const visit = (body: readonly TileStatement[]): readonly TileStatement[] =>
    body.flatMap((statement): readonly TileStatement[] => {
      if (statement.kind === "loop") return [{ ...statement, body: visit(statement.body) }];
      return statement === old ? (changed === undefined ? [] : [changed]) : [statement];
    });
  return { ...program, kernels: program.kernels.map((kernel) => ({ ...kernel, body: visit(kernel.body) })) };
}

function tileChanges(program: TileProgram, node: TileNode): readonly TileChange[] {
  const accesses = Object.entries(node.operands) as readonly (readonly [string, Access])[];
  const withAccess = (name: string, access: Access): TileNode =>
    ({ ...node, operands: { ...node.operands, [name]: access } }) as TileNode;
  const isHbm = ({ buffer }: Access): boolean => program.buffers[buffer]?.memory === "hbm";
  const ofAccesses = accesses.flatMap(([name, access]): readonly TileChange[] => {
    if (!isHbm(access)) return [];
    const { partition, dims, offset } = access;
    const [dim] = dims;
    const shifted = { ...access, offset: addAffine(offset, constant(1)) };
    const swapped = dim && {
      ...access,
      partition: { ...partition, stride: dim.stride },
      dims: [{ ...dim, stride: partition.stride }, ...dims.slice(1)],
    };
    return [
      { kind: "off by one", words: `${name} one further`, changed: withAccess(name, shifted) },
      ...(swapped && dims.length === 1
        ? [
            {
              kind: "swapped layout" as const,
              words: `${name} with strides exchanged`,
              changed: withAccess(name, swapped),
            },
          ]
        : []),
    ];
  });
  return [...ofAccesses, ...tailsOf(node), ...attrsOf(node), ...narrowBuffers(program, node)];
}

/** All extents with a limit one less: the last tile is one short. */
function tailsOf(node: TileNode): readonly TileChange[] {
  const shorter = (extent: Access["partition"]["size"]) =>
    extent.limit === undefined ? extent : { ...extent, limit: addAffine(extent.limit, constant(-1)) };
  const operands = Object.fromEntries(
    Object.entries(node.operands as Readonly<Record<string, Access>>).map(([name, access]) => [
      name,
      {
        ...access,
        partition: { ...access.partition, size: shorter(access.partition.size) },
        dims: access.dims.map((dim) => ({ ...dim, size: shorter(dim.size) })),
      },
    ]),
  );
  const changed = { ...node, operands } as unknown as TileNode;
  return JSON.stringify(operands) === JSON.stringify(node.operands)
    ? []
    : [{ kind: "wrong tail", words: "its last tile one short", changed }];
}

function attrsOf(node: TileNode): readonly TileChange[] {
  return Object.entries(node.attrs as Readonly<Record<string, unknown>>).flatMap(
    ([name, value]): readonly TileChange[] => {
      if (typeof value !== "number" || value === 0 || !Number.isFinite(value) || Math.abs(value) > 1000) return [];
      const changed = { ...node, attrs: { ...node.attrs, [name]: value * 2 } } as TileNode;
      return [{ kind: "wrong scale", words: `${name}=${value * 2}`, changed }];
    },
  );
}

function narrowBuffers(program: TileProgram, node: TileNode): readonly TileChange[] {
  const { dst } = node.operands as Readonly<Record<string, Access | undefined>>;
  const buffer = program.buffers[dst?.buffer ?? -1];
  if (dst === undefined || buffer?.memory !== "sbuf" || buffer.dtype !== "f32") return [];
  const narrow = (whole: TileProgram): TileProgram => ({
    ...whole,
    buffers: whole.buffers.map((each, at) => (at === dst.buffer ? { ...each, dtype: "f16" } : each)),
  });
  return [{ kind: "f16 overflow", words: `${buffer.name} in f16`, changed: narrow }];
}

/** The mistakes of a stream. */
export function streamMistakes(stream: Stream): readonly Mistake[] {
  const all = stream.queues.flatMap(({ body }) => instructionsOf(body));
  return all.flatMap((inst) =>
    streamChanges(stream, inst).map(({ kind, words, changed }): Mistake => {
      const made = withInstruction(stream, inst, changed);
      return {
        kind,
        words: `${inst.inst}: ${words}`,
        level: "stream",
        nodes: [...(inst.origin ?? [])],
        plant: { inStream: () => made },
      };
    }),
  );
}

function instructionsOf(body: readonly StreamItem[]): readonly Instruction[] {
  return body.flatMap((item) => (item.kind === "loop" ? instructionsOf(item.body) : [item]));
}

function withInstruction(stream: Stream, old: Instruction, changed: Instruction | undefined): Stream {
  const replace = (body: readonly StreamItem[]): readonly StreamItem[] =>
    body.flatMap((item): readonly StreamItem[] => {
      if (item.kind === "loop") return [{ ...item, body: replace(item.body) }];
      return item === old ? (changed === undefined ? [] : [changed]) : [item];
    });
  return { ...stream, queues: stream.queues.map((queue) => ({ ...queue, body: replace(queue.body) })) };
}

interface StreamChange {
  readonly kind: CauseKind;
  readonly words: string;
  readonly changed: Instruction | undefined;
}

function streamChanges(stream: Stream, inst: Instruction): readonly StreamChange[] {
  if (inst.args.sem !== undefined) return [{ kind: "missing token", words: "left out", changed: undefined }];
  return Object.entries(inst.args).flatMap(([name, argument]): readonly StreamChange[] => {
    const withArgument = (value: Argument): Instruction => ({ ...inst, args: { ...inst.args, [name]: value } });
    if (argument.kind === "value" && typeof argument.value === "number" && argument.value !== 0) {
      const value = argument.value * 2;
      return Number.isInteger(argument.value) && name !== "scale"
        ? []
        : [{ kind: "wrong scale", words: `${name}=${value}`, changed: withArgument({ kind: "value", value }) }];
    }
    if (argument.kind !== "operand" || name === "dst") return [];
    const { operand } = argument;
    const withOperand = (changed: Operand): Instruction => withArgument({ kind: "operand", operand: changed });
    const moved = (bytes: number): Operand => ({
      ...operand,
      address: { ...operand.address, base: addAffine(operand.address.base, constant(bytes)) },
    });
    const hasRing = operand.address.rings.some(({ ring }) => (stream.rings[ring]?.slots ?? 1) > 1);
    const [size] = operand.dims.slice(-1);
    const isRow = size !== undefined && size.size.max > 2 && size.stride === 1;
    return [
      ...(isRow
        ? [
            {
              kind: "off by one" as const,
              words: `${name} one further`,
              changed: withOperand(moved(dtypeBytes(operand.dtype))),
            },
          ]
        : []),
      ...(hasRing
        ? [
            {
              kind: "stale ring slot" as const,
              words: `${name} always in slot 0`,
              changed: withOperand({ ...operand, address: { ...operand.address, rings: [] } }),
            },
          ]
        : []),
    ];
  });
}
