// Planted changes of tile programs. Those of meaning change one statement; that they change a value is seen by the interpreter on
// inputs of its own, so that none is expected to matter which does not.

import { addAffine, constant } from "../../../../ir-spec/affine.ts";
import { makeRandomTensor } from "../../../../ir-spec/random-tensor.ts";
import type { Access, TileNode, TileProgram, TileStatement } from "../../../../ir-spec/tile.ts";
import { verifyTile } from "../../../../ir-spec/verify-tile.ts";
import { tilePorts } from "../../../../src/diff/diff-tiles.ts";
import { sameBits } from "../../../../src/diff/values/compare.ts";
import { programIndexBounds } from "../../../../src/driver/index-bounds.ts";
import { runTile } from "../../../../targets/ref/tile.ts";
import { shuffleTiles } from "../shuffle.ts";
import { asTiles, branches, type Planted, rows, tilesOf } from "./planted.ts";

const programs: readonly (readonly [string, TileProgram])[] = [
  ["branches", tilesOf(branches)],
  ["rows", tilesOf(rows)],
];

/** What takes the place of a node; the verifier says afterwards whether it is one. */
type NodeEdit = (node: TileNode) => readonly object[] | undefined;

/** All programs in which one statement is changed; an edit gives undefined for statements that it does not apply to. */
function* editEach(program: TileProgram, edit: NodeEdit): Generator<TileProgram> {
  let nodes = 0;
  const count = (statement: TileStatement): void => {
    if (statement.kind === "op") nodes++;
    if (statement.kind === "loop") for (const inner of statement.body) count(inner);
  };
  for (const { body } of program.kernels) for (const statement of body) count(statement);
  for (let chosen = 0; chosen < nodes; chosen++) {
    const edited = editOne(program, chosen, edit);
    if (edited !== undefined && verifyTile(edited).length === 0) yield edited;
  }
}

function editOne(program: TileProgram, chosen: number, edit: NodeEdit): TileProgram | undefined {
  let [at, isEdited] = [0, false];
  const visit = (statement: TileStatement): readonly TileStatement[] => {
    if (statement.kind === "loop") return [{ ...statement, body: statement.body.flatMap(visit) }];
    if (statement.kind === "alloc" || at++ !== chosen) return [statement];
    const edited = edit(statement);
    isEdited = edited !== undefined;
    return (edited as readonly TileNode[] | undefined) ?? [statement];
  };
  const kernels = program.kernels.map((kernel) => ({ ...kernel, body: kernel.body.flatMap(visit) }));
  return isEdited ? { ...program, kernels } : undefined;
}

const accessesOf = ({ operands }: TileNode): Readonly<Record<string, Access | undefined>> => operands;
const attrsOf = ({ attrs }: TileNode): Readonly<Record<string, unknown>> => attrs;

const editAccess =
  (name: string, edit: (access: Access) => Access): NodeEdit =>
  (node) => {
    const access = accessesOf(node)[name];
    return access === undefined ? undefined : [{ ...node, operands: { ...node.operands, [name]: edit(access) } }];
  };

const editAttr =
  (name: string, values: Readonly<Record<string, string | number | boolean>>): NodeEdit =>
  (node) => {
    const value = values[String(attrsOf(node)[name])];
    return value === undefined ? undefined : [{ ...node, attrs: { ...node.attrs, [name]: value } }];
  };

const nextElement = (access: Access): Access => ({ ...access, offset: addAffine(access.offset, constant(1)) });
const before = (access: Access): Access => ({ ...access, offset: addAffine(access.offset, constant(-1)) });
const shorter = (access: Access): Access => ({
  ...access,
  partition: { ...access.partition, size: { max: Math.max(1, access.partition.size.max - 1) } },
});

const meaningEdits: Readonly<Record<string, NodeEdit>> = {
  "a read is off by one": editAccess("src", nextElement),
  "a read is off by one the other way": editAccess("src", before),
  "a left operand is off by one": editAccess("lhs", nextElement),
  "a stationary operand is off by one": editAccess("stationary", nextElement),
  "a write is off by one": editAccess("dst", nextElement),
  "a row less": (node) => {
    const operands = Object.entries(accessesOf(node)).map(
      ([name, access]) => [name, access === undefined ? access : shorter(access)] as const,
    );
    return [{ ...node, operands: Object.fromEntries(operands) }];
  },
  "a statement is gone": () => [],
  "operands change places": (node) => {
    const { lhs, rhs, ...others } = accessesOf(node);
    return lhs === undefined || rhs === undefined
      ? undefined
      : [{ ...node, operands: { ...others, lhs: rhs, rhs: lhs } }];
  },
  "another operator": editAttr("op", { add: "subtract", subtract: "add", max: "min", multiply: "add" }),
  "another first operator": editAttr("op0", { add: "subtract", multiply: "add", subtract: "add", max: "min" }),
  "another function": editAttr("func", {
    exp: "sigmoid",
    gelu: "gelu_tanh",
    sigmoid: "tanh",
    rsqrt: "sqrt",
    copy: "relu",
  }),
  "another scale": (node) =>
    attrsOf(node).imm0 === 0.25 ? [{ ...node, attrs: { ...node.attrs, imm0: 0.5 } }] : undefined,
  "not negated": editAttr("negate", { true: false }),
  "a sum that starts over": (node) =>
    node.accumulate === undefined || node.accumulate === false ? undefined : [{ ...node, accumulate: false }],
};

/** Whether two programs give other bits, on inputs that the comparison does not use. */
function differ(a: TileProgram, b: TileProgram): boolean {
  const bounds = programIndexBounds({ stage: "tiles", program: a });
  return [101, 102].some((seed) => {
    const inputs = new Map(
      tilePorts(a)
        .filter(({ role }) => role !== "output")
        .map((port) => {
          const rowCount = bounds.get(port.name);
          const fill = rowCount === undefined ? undefined : ({ kind: "integer", min: 0, max: rowCount - 1 } as const);
          return [port.name, makeRandomTensor(port, seed, port.name, fill)] as const;
        }),
    );
    const [x, y] = [a, b].map((program) => runTile(program, inputs, { rounding: true }));
    return [...(x ?? [])].some(([name, { data }]) => {
      const other = y?.get(name)?.data;
      return data.some((value, at) => !sameBits(value, other?.[at] ?? Number.NaN));
    });
  });
}

/** Of each kind of change so many, spread over the program. */
const perKind = 2;

function meaningChanges(name: string, program: TileProgram): readonly Planted[] {
  return Object.entries(meaningEdits).flatMap(([what, edit]) => {
    const edited = [...editEach(program, edit)].filter((after) => differ(program, after));
    const step = Math.max(1, Math.floor(edited.length / perKind));
    const chosen = edited.filter((_after, index) => index % step === 0).slice(0, perKind);
    return chosen.map(
      (after, index): Planted => ({
        name: `tile: ${name}: ${what} (${index + 1})`,
        expected: "meaning",
        before: asTiles(program),
        after: asTiles(after),
      }),
    );
  });
}

const withSlots = (program: TileProgram, slots: (known: number) => number): TileProgram => ({
  ...program,
  buffers: program.buffers.map((buffer) =>
    buffer.memory === "hbm" ? buffer : { ...buffer, slots: slots(buffer.slots) },
  ),
});

const eachNode = (program: TileProgram, edit: (node: TileNode) => readonly TileNode[]): TileProgram => {
  const visit = (statement: TileStatement): readonly TileStatement[] => {
    if (statement.kind === "alloc") return [statement];
    return statement.kind === "op" ? edit(statement) : [{ ...statement, body: statement.body.flatMap(visit) }];
  };
  return {
    ...program,
    kernels: program.kernels.map((kernel) => ({ ...kernel, body: kernel.body.flatMap(visit) })),
  };
};

function otherChanges(name: string, program: TileProgram): readonly Planted[] {
  const planted = (expected: Planted["expected"], what: string, after: TileProgram): Planted => ({
    name: `tile: ${name}: ${what}`,
    expected,
    before: asTiles(program),
    after: asTiles(after),
  });
  const renamed = {
    ...program,
    buffers: program.buffers.map((buffer) =>
      buffer.memory === "hbm" ? buffer : { ...buffer, name: `${buffer.name}_renamed` },
    ),
  };
  const titled = {
    ...program,
    kernels: program.kernels.map((kernel) => ({ ...kernel, name: `${kernel.name}_too`, schedule: "" })),
  };
  return [
    ...[1, 2, 3].map((seed) => planted("cosmetic", `shuffled with seed ${seed}`, shuffleTiles(program, seed))),
    planted("cosmetic", "buffers are renamed", renamed),
    planted("cosmetic", "kernels are renamed", titled),
    planted(
      "performance",
      "no buffer has several slots",
      withSlots(program, () => 1),
    ),
    planted(
      "performance",
      "each buffer has a slot more",
      withSlots(program, (known) => known + 1),
    ),
    planted(
      "performance",
      "transfers are made twice",
      eachNode(program, (node) => (node.op === "dma" ? [node, node] : [node])),
    ),
  ];
}

export const tileChanges: readonly Planted[] = programs.flatMap(([name, program]) => [
  ...meaningChanges(name, program),
  ...otherChanges(name, program),
]);
