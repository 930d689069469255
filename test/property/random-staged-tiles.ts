// Random tile programs that run: a loop, or one in another, whose statements load, compute on all engines, in place or not, in
// loops of their own, and store, and are of random stages. Their numbers are small integers, so every executor is exact.
import { elementCount, type Tensor } from "../../ir-spec/base/tensor.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import { makeRandom, type Random } from "../../src/find/fuzz/random-choices.ts";

/** A statement of the body: its stage, and in the end its place in the text. */
interface Step {
  readonly stage: number;
  readonly text: string;
  at: number;
}

/** A buffer of the body while statements are added, and the stages in which it is used so far. */
interface Tile {
  readonly name: string;
  readonly memory: "sbuf" | "psum";
  /** The statements that touch it, in order; the first one writes it. */
  readonly steps: Step[];
  lastWritten: number;
  lastTouched: number;
  /** Whether it holds what was loaded, and nothing else. */
  isLoaded: boolean;
  readonly moreSlots: number;
}

interface Draft {
  readonly random: Random;
  readonly maxStep: number;
  readonly tiles: Tile[];
  readonly steps: Step[];
  readonly tensors: string[];
  /** Tiles from outside of the inner loop, which it only reads. */
  readonly heads: string[];
  readonly before: string[];
  readonly after: string[];
}

const whole = "[0; 8; 8:1]";

/** The text of a program; with `maxStep` 0 it has no stages. `isRepeated` asks for loops of which one execution may follow the other. */
export function randomStagedTiles(random: Random, maxStep = 2, isRepeated = false): string {
  const draft: Draft = { random, maxStep, tiles: [], steps: [], tensors: [], heads: [], before: [], after: [] };
  const outer = isRepeated ? 3 + random.below(3) : 1 + random.below(3);
  const inner = isRepeated ? 4 + random.below(4) : 1 + random.below(5);
  addLoad(draft, inner);
  for (let heads = random.below(3); heads > 0; heads--) addHead(draft, inner);
  const steps = 2 + random.below(6);
  for (let step = 0; step < steps; step++) addStep(draft, inner, isRepeated);
  addStore(draft, inner);
  // A sum over no iterations would be read unwritten.
  const least = draft.after.length > 0 ? 1 : -1;
  const trips = random.oneIn(3) && !isRepeated ? `min(${inner}, ${least + random.below(3)} + h)` : String(inner);
  const texts = mixed(random, draft.steps).map(({ text }) => text);
  const body = [...draft.tiles.map(declaration), ...texts].map((line) => `      ${line}`);
  return [
    "program p",
    `hbm x: f32[${outer * inner * 8}, 8] input`,
    ...draft.tensors.map((name) => `hbm ${name}: f32[${outer * inner * 8}, 8] output`),
    "kernel k (staged) {",
    `  for h in 0..${outer} {`,
    ...draft.before.map((line) => `    ${line}`),
    `    for i in 0..${trips} {`,
    ...body,
    "    }",
    ...draft.after.map((line) => `    ${line}`),
    "  }",
    "}",
    "",
  ].join("\n");
}

/** The steps in a random order in which those of one stage keep theirs: it means the same. */
function mixed(random: Random, steps: readonly Step[]): readonly Step[] {
  const stages = [...new Set(steps.map(({ stage }) => stage))];
  const queues = stages.map((stage) => steps.filter((step) => step.stage === stage));
  const order: Step[] = [];
  const isPlain = random.oneIn(2);
  while (order.length < steps.length) {
    const next = steps[order.length];
    const queue = isPlain
      ? queues.find(([first]) => first === next)
      : random.pick(queues.filter(({ length }) => length > 0));
    const step = queue?.shift();
    if (step === undefined) break;
    step.at = order.length;
    order.push(step);
  }
  return order;
}

/** With a slot for each iteration that uses the tile at a time, and maybe more. */
function declaration({ memory, name, steps, moreSlots }: Tile): string {
  const [first] = steps;
  const needed = steps.map(({ stage, at }) =>
    first === undefined ? 1 : stage - first.stage + (at >= first.at ? 1 : 0),
  );
  const slots = Math.max(1, ...needed) + (memory === "psum" ? 0 : moreSlots);
  return `${memory} ${name}: f32[8, 8] x${slots}`;
}

function addStep(draft: Draft, inner: number, isRepeated: boolean): void {
  const kinds = [addLoad, addStore, addOp, addOp, addOp, addInPlace, addInPlace, addLoop, addProduct];
  draft.random.pick(isRepeated ? kinds : [...kinds, addCarried])(draft, inner);
}

/** A tile that is loaded once for all iterations of the inner loop. */
function addHead({ random, heads, before }: Draft, inner: number): void {
  const name = `k${heads.length}`;
  heads.push(name);
  before.push(
    `sbuf ${name}: f32[8, 8] x${1 + random.below(3)}`,
    `dma ${name}${whole} <- x[${8 * inner}*h, 0; 8:8; 8:1]`,
  );
}

/** A tile of the body, or one from outside, as a source. */
function otherOf({ random, heads }: Draft, tile: Tile): string {
  return heads.length > 0 && random.oneIn(2) ? random.pick(heads) : tile.name;
}

const rowsOf = (inner: number): string => `${8 * inner}*h + 8*i`;

/** Adds a statement in a stage that keeps the order of what conflicts. */
function addStatement(draft: Draft, reads: readonly Tile[], writes: readonly Tile[], text: (stage: string) => string) {
  const { random, maxStep, steps } = draft;
  const earliest = Math.max(0, ...reads.map((tile) => tile.lastWritten), ...writes.map((tile) => tile.lastTouched));
  const stage = earliest + (random.oneIn(2) ? random.below(maxStep + 1) : 0);
  const step: Step = { stage, text: text(stage === 0 ? "" : ` stage ${stage}`), at: steps.length };
  steps.push(step);
  for (const tile of [...reads, ...writes]) {
    tile.steps.push(step);
    tile.lastTouched = Math.max(tile.lastTouched, stage);
  }
  for (const tile of writes) tile.lastWritten = stage;
}

function addTile(draft: Draft, memory: Tile["memory"] = "sbuf"): Tile {
  const { random, tiles } = draft;
  const name = `t${tiles.length}`;
  const tile: Tile = {
    ...{ name, memory, isLoaded: false, moreSlots: random.below(3) },
    ...{ steps: [], lastWritten: 0, lastTouched: 0 },
  };
  tiles.push(tile);
  return tile;
}

function pickTile({ random, tiles }: Draft, isFit: (tile: Tile) => boolean = () => true): Tile {
  const known = tiles.filter((tile) => tile.steps.length > 0 && isFit(tile));
  return random.pick(known);
}

const inSbuf = ({ memory }: Tile): boolean => memory === "sbuf";

function addLoad(draft: Draft, inner: number): void {
  const tile = addTile(draft);
  tile.isLoaded = true;
  addStatement(draft, [], [tile], (stage) => `dma ${tile.name}${whole} <- x[${rowsOf(inner)}, 0; 8:8; 8:1]${stage}`);
}

function addStore(draft: Draft, inner: number): void {
  const tile = pickTile(draft, inSbuf);
  const name = `y${draft.tensors.length}`;
  draft.tensors.push(name);
  addStatement(
    draft,
    [tile],
    [],
    (stage) => `dma ${name}[${rowsOf(inner)}, 0; 8:8; 8:1] <- ${tile.name}${whole}${stage}`,
  );
}

/** `dst <- one and another`, on an engine. */
function computed({ random }: Draft, dst: string, one: string, other: string): string {
  return random.pick([
    `activation ${dst} <- ${one}, func=relu`,
    `tensor_copy ${dst} <- ${one}`,
    `tensor_scalar ${dst} <- ${one}, op0=add, imm0=1`,
    `tensor_tensor ${dst} <- lhs=${one}, rhs=${other}, op=${random.pick(["add", "max"])}`,
  ]);
}

function addOp(draft: Draft): void {
  const [one, other] = [pickTile(draft), pickTile(draft, inSbuf)];
  const dst = addTile(draft);
  const text = computed(draft, `${dst.name}${whole}`, `${one.name}${whole}`, `${otherOf(draft, other)}${whole}`);
  addStatement(draft, [one, other], [dst], (stage) => `${text}${stage}`);
}

function addInPlace(draft: Draft): void {
  const [dst, other] = [pickTile(draft, inSbuf), pickTile(draft, inSbuf)];
  dst.isLoaded = false;
  const text = computed(draft, `${dst.name}${whole}`, `${dst.name}${whole}`, `${otherOf(draft, other)}${whole}`);
  addStatement(draft, [other, dst], [dst], (stage) => `${text}${stage}`);
}

/** Halves of a tile, in a loop of two queues that may have stages of its own. */
function addLoop(draft: Draft): void {
  const { random, maxStep } = draft;
  const [one, other] = [pickTile(draft), pickTile(draft, inSbuf)];
  const dst = addTile(draft);
  const half = (tile: Tile): string => `${tile.name}[4*c; 8; 4:1]`;
  const own = maxStep > 0 ? random.below(3) : 0;
  const first = computed(draft, "q[0; 8; 4:1]", half(one), half(other));
  const second = computed(draft, half(dst), "q[0; 8; 4:1]", half(other));
  const indent = "        ";
  addStatement(draft, [one, other], [dst], (stage) => {
    const stageOfSecond = own === 0 ? "" : ` stage ${own}`;
    const body = [`sbuf q: f32[8, 4] x${own + 1}`, first, `${second}${stageOfSecond}`];
    return [`for c in 0..2${stage} {`, ...body.map((line) => `${indent}${line}`), "      }"].join("\n");
  });
}

/** A product, and a copy of it: a sum that nobody reads is a mistake. */
function addProduct(draft: Draft): void {
  const [one, other] = [pickTile(draft, ({ isLoaded }) => isLoaded), pickTile(draft, ({ isLoaded }) => isLoaded)];
  if (one === undefined || other === undefined) return;
  const dst = addTile(draft, "psum");
  addStatement(draft, [one, other], [dst], (stage) => {
    return `matmul ${dst.name}${whole} <- stationary=${one.name}${whole}, moving=${other.name}${whole}, accumulate=false${stage}`;
  });
  const copy = addTile(draft);
  addStatement(draft, [dst], [copy], (stage) => `tensor_copy ${copy.name}${whole} <- ${dst.name}${whole}${stage}`);
}

/** A sum over the iterations of the loop, in a buffer from outside of it. */
function addCarried(draft: Draft, inner: number): void {
  const { random, before, after, tensors } = draft;
  const name = `c${tensors.length}`;
  const one = pickTile(draft, ({ isLoaded }) => isLoaded);
  const isProduct = one !== undefined && random.oneIn(2);
  const tile = one ?? pickTile(draft);
  before.push(`${isProduct ? "psum" : "sbuf"} ${name}: f32[8, 8] x2`);
  if (!isProduct) before.push(`memset ${name}${whole} <- value=0`);
  const [y, source] = [`y${tensors.length}`, `${tile.name}${whole}`];
  tensors.push(y);
  const text = isProduct
    ? `matmul ${name}${whole} <- stationary=${source}, moving=${source}, accumulate=notFirst(i)`
    : `tensor_tensor ${name}${whole} <- lhs=${name}${whole}, rhs=${source}, op=max`;
  addStatement(draft, [tile], [], (stage) => `${text}${stage}`);
  after.push(`sbuf ${name}_out: f32[8, 8] x2`, `tensor_copy ${name}_out${whole} <- ${name}${whole}`);
  after.push(`dma ${y}[${8 * inner}*h, 0; 8:8; 8:1] <- ${name}_out${whole}`);
}

/** Inputs for such a program: integers from -4 to 4. */
export function integersFor(program: TileProgram, own: number): ReadonlyMap<string, Tensor> {
  const random = makeRandom(own);
  const inputs = program.buffers.filter(({ role }) => role === "input");
  return new Map(
    inputs.map(({ name, dtype, shape }) => {
      const data = Float64Array.from({ length: elementCount(shape) }, () => random.below(9) - 4);
      return [name, { dtype, shape, data }];
    }),
  );
}
