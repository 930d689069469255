// Random tile programs for the passes on tile programs: bodies with what the passes look for, and with what they must not touch. Rows are
// loaded in parts, scaled and shifted by columns and numbers, reduced, copied over themselves, computed in loops of the body, and stored in
// parts; some statements are the same in each iteration, some loops run no iteration. Numbers are small integers, so every order of
// computation is exact.
import { makeRandom, type Random } from "../../src/find/fuzz/random-choices.ts";

interface Draft {
  readonly random: Random;
  readonly lines: string[];
  readonly indent: string;
  /** Tiles of `width` columns that hold something, columns, and what is known from outside. */
  readonly tiles: string[];
  readonly columns: string[];
  readonly outside: readonly string[];
  readonly outsideColumns: readonly string[];
  readonly stores: { count: number };
  names: number;
}

const width = 8;
const rows = 8;
const all = `[0; ${rows}; ${width}:1]`;
const one = `[0; ${rows}; 1:1]`;

/** The text of a program. */
export function randomTileBodies(seed: number): string {
  const random = makeRandom(seed);
  const trips = 1 + random.below(3);
  const before: Draft = draftOf(random, "  ", [], []);
  addConstant(before);
  addTileConstant(before);
  const inner = draftOf(random, "    ", before.tiles, before.columns);
  inner.stores.count = 0;
  addLoads(inner);
  for (let steps = 3 + random.below(8); steps > 0; steps--) addStep(inner);
  addStores(inner);
  const outputs = Array.from(
    { length: inner.stores.count },
    (_unused, at) => `hbm y${at}: f32[${trips * rows}, ${2 * width}] output`,
  );
  const limit = random.oneIn(4) ? `min(${trips}, ${random.below(trips + 1)})` : String(trips);
  return [
    "program p",
    `hbm x: f32[${trips * rows}, ${2 * width}] input`,
    ...outputs,
    "kernel k (random) {",
    ...before.lines,
    `  for i in 0..${limit} {`,
    ...inner.lines,
    "  }",
    "}",
    "",
  ].join("\n");
}

function draftOf(random: Random, indent: string, outside: readonly string[], outsideColumns: readonly string[]): Draft {
  return { random, lines: [], indent, tiles: [], columns: [], outside, outsideColumns, stores: { count: 0 }, names: 0 };
}

const add = (draft: Draft, line: string): void => {
  draft.lines.push(`${draft.indent}${line}`);
};

function fresh(draft: Draft, kind: "tiles" | "columns"): string {
  const name = `${kind === "tiles" ? "t" : "c"}${draft.indent.length}_${draft.names++}`;
  const slots = draft.random.oneIn(2) ? " x2" : "";
  add(draft, `sbuf ${name}: f32[${rows}, ${kind === "tiles" ? width : 1}]${slots}`);
  return name;
}

const tileOf = ({ random, tiles, outside }: Draft): string => random.pick([...tiles, ...outside]);
const columnOf = ({ random, columns, outsideColumns }: Draft): string => random.pick([...columns, ...outsideColumns]);

/** The halves of a row, one after the other or alternating, or one of them; now and then with something between. */
function addLoads(draft: Draft): void {
  const { random } = draft;
  const alternate = random.oneIn(3);
  const [first, second] = alternate ? ["0", "1"] : ["0", String(width)];
  const stride = alternate ? 2 : 1;
  const count = random.oneIn(4) ? 1 : 2;
  for (const start of [first, second].slice(0, count)) {
    const tile = fresh(draft, "tiles");
    if (random.oneIn(6)) add(draft, `memset ${tile}${all} <- value=1`);
    add(draft, `dma ${tile}${all} <- x[${rows}*i, ${start}; ${rows}:${2 * width}; ${width}:${stride}]`);
    draft.tiles.push(tile);
    if (random.oneIn(4)) addStep(draft);
  }
}

function addStores(draft: Draft): void {
  const { random, stores } = draft;
  for (let count = 1 + random.below(3); count > 0; count--) {
    const y = `y${stores.count++}`;
    for (const start of random.oneIn(2) ? [0, width] : [random.below(2) * width]) {
      add(draft, `dma ${y}[${rows}*i, ${start}; ${rows}:${2 * width}; ${width}:1] <- ${tileOf(draft)}${all}`);
      if (random.oneIn(5)) addStep(draft);
    }
  }
}

function addConstant(draft: Draft): void {
  const column = fresh(draft, "columns");
  add(draft, `memset ${column}${one} <- value=${draft.random.below(5) - 2}`);
  draft.columns.push(column);
}

function addTileConstant(draft: Draft): void {
  const tile = fresh(draft, "tiles");
  add(draft, `memset ${tile}${all} <- value=${draft.random.below(5) - 2}`);
  draft.tiles.push(tile);
}

function addStep(draft: Draft): void {
  const { random } = draft;
  random.pick([
    addScalar,
    addScalar,
    addFunction,
    addProduct,
    addReduce,
    addConstant,
    addTileConstant,
    addColumnStep,
    addShift,
    addPart,
    addLoop,
    addUnread,
  ])(draft);
}

/** A new tile, or one of the body again. */
function target(draft: Draft): string {
  const { random, tiles } = draft;
  if (tiles.length > 0 && random.oneIn(3)) return random.pick(tiles);
  return fresh(draft, "tiles");
}

function written(draft: Draft, tile: string): void {
  if (!draft.tiles.includes(tile)) draft.tiles.push(tile);
}

/** Sizes of results stay small: what is multiplied is cut to -2..2 first. */
function addScalar(draft: Draft): void {
  const { random } = draft;
  const [src, dst] = [tileOf(draft), target(draft)];
  const by = random.pick([`scalar0=${columnOf(draft)}${one}, op0=`, "imm0=-1, op0=", "imm0=2, op0="]);
  const op = by.startsWith("scalar0")
    ? random.pick(["add", "subtract", "max"])
    : random.pick(["add", "subtract", "multiply"]);
  const [given, name] = [by.slice(0, by.lastIndexOf(", ")), `op0=${op}`];
  add(draft, `tensor_scalar ${dst}${all} <- ${src}${all}, ${given}, ${name}${random.oneIn(5) ? " on pool" : ""}`);
  written(draft, dst);
}

function addFunction(draft: Draft): void {
  const { random } = draft;
  const [src, dst] = [tileOf(draft), target(draft)];
  const func = random.pick(["relu", "abs", "copy"]);
  add(draft, `activation ${dst}${all} <- ${src}${all}, func=${func}`);
  written(draft, dst);
}

function addProduct(draft: Draft): void {
  const { random } = draft;
  const op = random.pick(["add", "max", "subtract"]);
  const [lhs, rhs, dst] = [tileOf(draft), tileOf(draft), target(draft)];
  add(draft, `tensor_tensor ${dst}${all} <- lhs=${lhs}${all}, rhs=${rhs}${all}, op=${op}`);
  written(draft, dst);
}

function addReduce(draft: Draft): void {
  const src = tileOf(draft);
  const column = fresh(draft, "columns");
  add(draft, `tensor_reduce ${column}${one} <- ${src}${all}, op=${draft.random.pick(["add", "max", "min"])}`);
  draft.columns.push(column);
}

function addColumnStep(draft: Draft): void {
  const src = columnOf(draft);
  const column = fresh(draft, "columns");
  const [op, by] = draft.random.pick([
    ["multiply", -1],
    ["add", 1],
  ] as const);
  add(draft, `tensor_scalar ${column}${one} <- ${src}${one}, op0=${op}, imm0=${by}`);
  draft.columns.push(column);
}

/** A tile moved within itself. */
function addShift(draft: Draft): void {
  const { random, tiles } = draft;
  if (tiles.length === 0) return;
  const tile = random.pick(tiles);
  const [from, to] = random.pick([
    [0, 1],
    [1, 0],
  ] as const);
  const part = (start: number): string => `${tile}[${start}; ${rows}; ${width - 1}:1]`;
  add(draft, `tensor_scalar ${part(to)} <- ${part(from)}, op0=add, imm0=1`);
}

/** A part of a tile is written again. */
function addPart(draft: Draft): void {
  const { random, tiles } = draft;
  if (tiles.length === 0) return;
  const half = width / 2;
  const start = random.below(2) * half;
  const src = tileOf(draft);
  const dst = random.pick(tiles);
  add(draft, `activation ${dst}[${start}; ${rows}; ${half}:1] <- ${src}[0; ${rows}; ${half}:1], func=relu`);
}

/** Columns of a tile one after the other, or for some iterations alone. */
function addLoop(draft: Draft): void {
  const { random } = draft;
  const [src, column, dst] = [tileOf(draft), columnOf(draft), fresh(draft, "tiles")];
  const n = draft.names++;
  const half = width / 2;
  add(draft, `memset ${dst}${all} <- value=0`);
  const trips = random.oneIn(3) ? "min(2, i)" : "2";
  add(draft, `for j${n} in 0..${trips} {`);
  const part = (tile: string): string => `${tile}[${half}*j${n}; ${rows}; ${half}:1]`;
  if (random.oneIn(2)) add(draft, `  sbuf q${n}: f32[${rows}, 1]`);
  const ownColumn = draft.lines.at(-1)?.includes(`q${n}:`) === true ? `q${n}` : undefined;
  if (ownColumn !== undefined) add(draft, `  tensor_scalar ${ownColumn}${one} <- ${column}${one}, op0=add, imm0=1`);
  add(draft, `  tensor_scalar ${part(dst)} <- ${part(src)}, scalar0=${ownColumn ?? column}${one}, op0=max`);
  add(draft, "}");
  draft.tiles.push(dst);
}

function addUnread(draft: Draft): void {
  const dst = fresh(draft, "tiles");
  add(draft, `activation ${dst}${all} <- ${tileOf(draft)}${all}, func=abs`);
}
