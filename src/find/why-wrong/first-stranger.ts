// The first execution of a program that does or reads what none of another one does: of a stream against the tile program that it is made of, or of
// an edited tile program against the compiler's own. Nothing is computed, so it is found on any inputs.

import type { NodeId } from "../../../ir-spec/base/ids.ts";
import { printTileNode } from "../../../ir-spec/print-tile.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { printInstruction } from "../../../targets/neuron/asm/print-stream.ts";
import type { Instruction, Stream } from "../../../targets/neuron/stream.ts";
import { executionsOfStream } from "../translation/of-stream.ts";
import { executionsOfTiles } from "../translation/of-tiles.ts";
import { type Execution, keyOf } from "../translation/tags.ts";
import type { CauseKind } from "./report.ts";
import { printIndices } from "./statements.ts";

export interface Stranger {
  readonly kernel: string;
  readonly text: string;
  readonly origin: readonly NodeId[];
  readonly instruction?: Instruction;
  readonly kind: CauseKind | undefined;
  readonly words: string;
  /** Whether what it reads can be nothing else than that. */
  readonly isSure: boolean;
}

interface Seen {
  readonly execution: Execution;
  readonly kernel: string;
  readonly text: string;
  readonly origin: readonly NodeId[];
  readonly instruction?: Instruction;
}

type Walk = (visit: (seen: () => Seen, execution: Execution) => void) => void;

const walkTiles =
  (program: TileProgram): Walk =>
  (visit) => {
    executionsOfTiles(program, (execution, { node, kernel, indices }) => {
      const text = `${printTileNode(program, node)}${printIndices(program.loops, indices)}`;
      visit(() => ({ execution, kernel, text, origin: node.origin ?? [] }), execution);
    });
  };

const walkStream =
  (stream: Stream): Walk =>
  (visit) => {
    executionsOfStream(stream, (execution, { inst, indices }) => {
      const kernel = stream.kernels[inst.kernel]?.name ?? String(inst.kernel);
      const text = `${printInstruction(stream, inst)}${printIndices(stream.loops, indices)}`;
      visit(() => ({ execution, kernel, text, origin: inst.origin ?? [], instruction: inst }), execution);
    });
  };

export function strangerInStream(meant: TileProgram, stream: Stream): Stranger | undefined {
  return firstStranger(walkTiles(meant), walkStream(stream));
}

export function strangerInTiles(meant: TileProgram, tiles: TileProgram): Stranger | undefined {
  return firstStranger(walkTiles(meant), walkTiles(tiles));
}

function firstStranger(meant: Walk, found: Walk): Stranger | undefined {
  const left = new Map<string, number>();
  const reads = new Set<string>();
  meant((_seen, execution) => {
    left.set(keyOf(execution), (left.get(keyOf(execution)) ?? 0) + 1);
    for (const [name, tags] of execution.reads) reads.add(readKey(execution.op, name, tags));
  });
  let stranger: Seen | undefined;
  found((seen, execution) => {
    const count = left.get(keyOf(execution)) ?? 0;
    if (count > 0) left.set(keyOf(execution), count - 1);
    else stranger ??= seen();
  });
  if (stranger === undefined) return undefined;
  const expected = expectedOf(meant, left, stranger);
  const classified = classify(stranger.execution, expected?.execution, reads);
  const origin = stranger.origin.length > 0 ? stranger.origin : (expected?.origin ?? []);
  return { ...stranger, origin, isSure: true, ...classified };
}

const readKey = (op: string, name: string, tags: readonly number[]): string => `${op} ${name} ${tags.join()}`;

/** The execution in whose place the stranger is: of those that are missing, the one with most in common. */
function expectedOf(meant: Walk, left: ReadonlyMap<string, number>, stranger: Seen): Seen | undefined {
  let best: Seen | undefined;
  let most = -1;
  meant((seen, execution) => {
    if (execution.op !== stranger.execution.op || (left.get(keyOf(execution)) ?? 0) === 0) return;
    const common = commonOf(execution, stranger.execution);
    if (common <= most) return;
    most = common;
    best = seen();
  });
  return best;
}

function commonOf(a: Execution, b: Execution): number {
  const ofReads = a.reads.map(([name, tags]) => {
    const other = readsOf(b, name);
    return tags.filter((tag, at) => tag === other[at]).length / Math.max(1, tags.length);
  });
  const values = a.values.filter((value) => b.values.includes(value)).length / Math.max(1, a.values.length);
  const isAsLarge = a.reads.every(([name, tags]) => readsOf(b, name).length === tags.length);
  return ofReads.reduce((sum, share) => sum + share, values) + (isAsLarge ? a.reads.length : 0);
}

const readsOf = ({ reads }: Execution, wanted: string): readonly number[] =>
  reads.find(([name]) => name === wanted)?.[1] ?? [];

interface Classified {
  readonly kind: CauseKind | undefined;
  readonly words: string;
  readonly isSure?: boolean;
}

function classify(found: Execution, expected: Execution | undefined, known: ReadonlySet<string>): Classified {
  if (expected === undefined) return { kind: undefined, words: "no such step is expected here" };
  for (const [name, tags] of found.reads) {
    const wanted = readsOf(expected, name);
    if (tags.length === wanted.length && tags.every((tag, at) => tag === wanted[at])) continue;
    return classifyRead(name, tags, wanted, known.has(readKey(found.op, name, tags)));
  }
  const [value] = found.values.filter((each) => !expected.values.includes(each));
  const [other] = expected.values.filter((each) => !found.values.includes(each));
  if (value === undefined) return { kind: undefined, words: "it reads what is expected" };
  return { kind: /=-?[\d.]/.test(value) ? "wrong scale" : undefined, words: `it has ${value}, expected ${other}` };
}

function classifyRead(name: string, tags: readonly number[], wanted: readonly number[], isKnown: boolean): Classified {
  const words = (what: string): string => `${name} reads ${what}`;
  if (tags.length !== wanted.length) {
    const fewer = `${tags.length} elements, expected ${wanted.length}`;
    return { kind: "wrong tail", words: words(fewer) };
  }
  const sameMultiset = tags.toSorted().join() === wanted.toSorted().join();
  if (sameMultiset) return { kind: "swapped layout", words: words("the expected elements in another order") };
  if (isShift(tags, wanted)) return { kind: "off by one", words: words("the elements beside the expected ones") };
  const unwritten = tags.filter((tag) => tag === 0).length;
  if (isKnown) return { kind: "stale ring slot", words: words("the tile of another iteration") };
  const isOther = tags.every((tag, at) => tag !== wanted[at]);
  if (unwritten > 0 && !isOther) return { kind: "wrong tail", words: words(`${unwritten} elements that nobody wrote`) };
  return isOther
    ? {
        kind: "stale ring slot",
        words: words(unwritten > 0 ? "a tile that nobody wrote" : "another tile"),
        isSure: false,
      }
    : { kind: "wrong tail", words: words("some elements of another tile"), isSure: false };
}

/** Whether most elements are those one further, in one direction. */
function isShift(tags: readonly number[], wanted: readonly number[]): boolean {
  if (tags.length < 2) return false;
  const share = (by: number): number =>
    tags.filter((tag, at) => tag !== 0 && tag === wanted[at + by]).length / (tags.length - 1);
  return [1, -1].some((by) => share(by) > 0.5);
}
