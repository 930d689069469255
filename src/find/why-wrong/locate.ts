// From the first stage that is wrong to the op, the statement or instruction, and the kind of cause.

import { errorMessage } from "../../../ir-spec/base/errors/index.ts";
import type { NodeId } from "../../../ir-spec/base/ids.ts";
import type { Diagnostic } from "../../../ir-spec/base/result.ts";
import { positionOf } from "../../../ir-spec/base/span.ts";
import { definingNodes, type Graph, graphOutputs, isOfKind, type Node } from "../../../ir-spec/graph.ts";
import { nameValues } from "../../../ir-spec/print-graph.ts";
import type { TileProgram } from "../../../ir-spec/tile.ts";
import { expandedGraph, type Judge, type JudgedOutput, type Tensors } from "../judge.ts";
import { type Stranger, strangerInStream, strangerInTiles } from "./first-stranger.ts";
import { narrowBuffer } from "./narrow-buffer.ts";
import { areOnlyTokensOther } from "./only-tokens.ts";
import { guessByPlaces, guessUnwritten, type PlacedDifference, wrongPlaces } from "./positions.ts";
import { type Explanation, evaluateAll, explain } from "./predict.ts";
import type { CauseKind, FoundOp, WhyWrong } from "./report.ts";
import type { AllStages, Stage, WhyWrongCase } from "./stages.ts";
import { type FoundStatement, findStatement, knownValues } from "./statements.ts";
import { strangeNode } from "./strange-node.ts";

/** The first stage that is wrong on some inputs, and what it gave. */
export interface Divergence {
  readonly stage: Stage;
  /** The last graph before it, which is right; undefined for the first pass. */
  readonly before: Stage | undefined;
  readonly wrong: readonly JudgedOutput[];
  readonly found: Tensors;
  readonly reference: Tensors;
  readonly problems: readonly Diagnostic[];
}

export interface LocateCase extends Divergence {
  readonly all: AllStages;
  readonly judge: Judge;
  readonly given: WhyWrongCase;
}

type Located = Pick<WhyWrong, "kind" | "evidence" | "kernel" | "statement" | "instruction"> & {
  readonly op?: FoundOp | undefined;
};

/** An explanation that leaves more than this of the difference is none. */
const minScore = 0.9;

export function locate(found: LocateCase): Located {
  const { made } = found.stage;
  if (made.level === "graph") return locateInGraph(found, made.ir);
  return made.level === "tile" ? locateInTiles(found, made.ir) : locateInStream(found);
}

function locateInGraph(found: LocateCase, wrong: Graph): Located {
  const right = found.before?.made.level === "graph" ? found.before.made.ir : found.given.graph;
  const strange = strangeNode(right, wrong, found.judge.inputs);
  const suspects = nodesOfSpan(right, strange);
  const first = best(found, right, suspects);
  const expanded = expandedGraph(right, found.given.compile.target);
  const isGood = first !== undefined && first.score >= minScore;
  if (isGood || !expanded.ok) return { ...causeOf(found, first), op: opOf(right, nodeInGraph(right, first, suspects)) };
  const inParts = expanded.value;
  const partSuspects = nodesOfSpan(inParts, strange);
  const second = best(found, inParts, partSuspects);
  return { ...causeOf(found, second), op: opOf(inParts, nodeInGraph(inParts, second, partSuspects)) };
}

/** What predicts all of the difference counts more than where new values are first seen. */
function nodeInGraph(graph: Graph, explained: Explanation | undefined, suspects: ReadonlySet<number>) {
  const isGood = explained !== undefined && explained.score >= minScore;
  return isGood ? (movedBy(graph, explained) ?? explained.node) : nodeOf(graph, explained, suspects);
}

/** The nodes that come from the same place of the text as one of another graph. */
function nodesOfSpan({ nodes }: Graph, strange: Node | undefined): ReadonlySet<number> {
  const { span } = strange ?? {};
  const isSame = (node: Node): boolean =>
    span !== undefined && node.span?.start === span.start && node.span.end === span.end;
  return new Set(nodes.flatMap((node, index) => (isSame(node) ? [index] : [])));
}

function locateInTiles(found: LocateCase, tiles: TileProgram): Located {
  const { all, judge, given } = found;
  const stranger = given.edited.tiles === undefined ? undefined : strangerInTiles(all.tiles, tiles);
  const statement = stranger ?? findTileStatement(all.lowered, tiles, judge.inputs);
  const suspects = new Set<number>(statement?.origin ?? makersOf(all.lowered, found.wrong));
  const explained = best(found, all.lowered, suspects);
  const narrow = stranger === undefined ? narrowBuffer(all.lowered, tiles) : undefined;
  if (
    narrow !== undefined &&
    !(explained !== undefined && explained.score > maxNarrowScore && explained.hypothesis.kind !== "f16 overflow")
  ) {
    const { words, kernel, statement: text, node } = narrow;
    return { kind: "f16 overflow", evidence: [words], kernel, statement: text, op: opOf(all.lowered, node) };
  }
  const cause = stranger === undefined ? causeOf(found, explained) : causeOfStranger(found, stranger, explained);
  return {
    ...cause,
    op: opOf(all.lowered, nodeOf(all.lowered, explained, suspects)),
    ...(statement === undefined ? {} : { kernel: statement.kernel, statement: statement.text }),
  };
}

function findTileStatement(lowered: Graph, tiles: TileProgram, inputs: Tensors): FoundStatement | undefined {
  return findStatement(tiles, inputs, knownValues(lowered, evaluateAll(lowered, inputs, false)));
}

function locateInStream(found: LocateCase): Located {
  const { all, problems, given } = found;
  const { stream, meant } = all;
  if (stream === undefined) return {};
  const said = problems.map(({ code, args }) => `${code}: ${errorMessage(code, args)}`).slice(0, 1);
  const isOnlyTokens = problems.length > 0 && areOnlyTokensOther(meant, stream, given.compile.target.machine);
  const stranger = strangerInStream(meant, stream);
  const suspects = new Set<number>(stranger?.origin ?? originOfProblem(found));
  const place = stranger && { kernel: stranger.kernel, instruction: stranger.text };
  const op = opOf(all.lowered, nodeOf(all.lowered, undefined, suspects));
  if (isOnlyTokens) return { kind: "missing token", evidence: said, ...place, op };
  const explained = found.wrong.length === 0 ? undefined : best(found, all.lowered, suspects);
  const cause = stranger === undefined ? causeOf(found, explained) : causeOfStranger(found, stranger, explained);
  return { ...cause, ...place, op: opOf(all.lowered, nodeOf(all.lowered, explained, suspects)) };
}

/** The nodes of the instructions that the check speaks of. */
function originOfProblem({ problems, all }: LocateCase): readonly NodeId[] {
  const [first] = problems;
  const kernels = all.stream?.kernels ?? [];
  const text = JSON.stringify(first?.args ?? {});
  const named = kernels.findIndex(({ name }) => text.includes(`kernel ${name}`) || text.includes(`in ${name}`));
  const kernel = all.meant.kernels[Math.max(named, 0)];
  return kernel === undefined ? [] : originsOf(kernel.body);
}

function originsOf(body: TileProgram["kernels"][number]["body"]): readonly NodeId[] {
  return body.flatMap((statement) => {
    if (statement.kind === "loop") return originsOf(statement.body);
    return statement.kind === "op" ? (statement.origin ?? []) : [];
  });
}

function best(found: LocateCase, graph: Graph, suspects: ReadonlySet<number>): Explanation | undefined {
  const { judge, all, given } = found;
  const tileSizes = tileSizesOf(all.meant, given.compile.target.machine.partitions);
  const outputs = found.found;
  return outputs.size === 0 ? undefined : explain({ graph, inputs: judge.inputs, outputs, tileSizes, suspects })[0];
}

/** Sizes of tiles on chip, small ones first. */
function tileSizesOf({ buffers }: TileProgram, partitions: number): readonly number[] {
  const sizes = buffers.filter(({ memory }) => memory !== "hbm").flatMap(({ shape }) => shape);
  return [...new Set([partitions, ...sizes])]
    .filter((size) => size > 1)
    .toSorted((a, b) => a - b)
    .slice(0, 8);
}

type Cause = Pick<WhyWrong, "kind" | "evidence">;

function causeOf(found: LocateCase, explained: Explanation | undefined): Cause {
  const said = found.problems.map(({ code, args }) => `${code}: ${errorMessage(code, args)}`).slice(0, 1);
  const placed = placedDifference(found);
  const unwritten = placed && guessUnwritten(placed);
  if (unwritten !== undefined) return { kind: unwritten.kind, evidence: [unwritten.words, ...said] };
  if (explained !== undefined && explained.score >= minScore) {
    const percent = Math.round(explained.score * 100);
    const words = `${explained.hypothesis.words}: this predicts ${percent} % of the difference`;
    return { kind: explained.hypothesis.kind, evidence: [words, ...said] };
  }
  const guess = placed && guessByPlaces(placed);
  if (guess !== undefined) return { kind: guess.kind, evidence: [guess.words, ...said] };
  return { kind: kindOfProblems(found.problems) ?? "unknown", evidence: said };
}

/** What the stream check says of races and deadlocks. */
const tokenCodes: readonly string[] = ["E0822", "E0823", "E0827", "E0828", "E1001"];

function kindOfProblems([first]: readonly Diagnostic[]): CauseKind | undefined {
  return first !== undefined && tokenCodes.includes(first.code) ? "missing token" : undefined;
}

function placedDifference({ wrong, found, reference, judge }: LocateCase): PlacedDifference | undefined {
  const [first] = wrong;
  const [tensor, wanted] = [found.get(first?.name ?? ""), reference.get(first?.name ?? "")];
  if (tensor === undefined || wanted === undefined) return undefined;
  const hasSpecialInputs = [...judge.inputs.values()].some(({ data }) => data.some((x) => !Number.isFinite(x)));
  return { wanted, found: tensor, places: wrongPlaces(wanted, tensor), hasSpecialInputs };
}

/** What a step reads says more than values do, unless it is only another tile: then an exact prediction counts. */
function causeOfStranger(found: LocateCase, stranger: Stranger, explained: Explanation | undefined): Cause {
  const { kind, words, isSure } = stranger;
  const isPredicted = explained !== undefined && explained.score >= minScore;
  if (kind === undefined || (!isSure && isPredicted)) {
    const cause = causeOf(found, explained);
    return { ...cause, evidence: [words, ...(cause.evidence ?? [])] };
  }
  const said = found.problems.map(({ code, args }) => `${code}: ${errorMessage(code, args)}`).slice(0, 1);
  return { kind, evidence: [words, ...said] };
}

/** Another explanation than a narrow buffer must be exact. */
const maxNarrowScore = 0.995;

/** The nodes that define wrong outputs. */
function makersOf(graph: Graph, wrong: readonly JudgedOutput[]): readonly number[] {
  const makers = definingNodes(graph);
  const [first] = wrong;
  return graphOutputs(graph).flatMap(({ name, value }) => (name === first?.name ? (makers[value] ?? []) : []));
}

/** The node that explains, else the last of the suspects: the one that the step computes. */
function nodeOf(graph: Graph, explained: Explanation | undefined, suspects: ReadonlySet<number>): number | undefined {
  const isGood = explained !== undefined && explained.score >= minScore;
  if (isGood && (suspects.size === 0 || suspects.has(explained.node))) return explained.node;
  const known = [...suspects].filter((node) => graph.nodes[node] !== undefined);
  if (known.length > 0) return Math.max(...known);
  return explained?.node;
}

/** What only moves elements is to blame for an operand that is moved wrongly. */
function movedBy(graph: Graph, { node, hypothesis, operand }: Explanation): number | undefined {
  const value = operand === undefined ? undefined : graph.nodes[node]?.operands[operand];
  const maker = value === undefined ? undefined : definingNodes(graph)[value];
  const isMove = maker !== undefined && isOfKind(graph.nodes[maker] as Node, "movement");
  const isOfPlaces = hypothesis.kind === "off by one" || hypothesis.kind === "swapped layout";
  return isMove && isOfPlaces ? maker : undefined;
}

function opOf(graph: Graph, index: number | undefined): FoundOp | undefined {
  const given = graph.nodes[index ?? -1];
  if (given === undefined) return undefined;
  // A number belongs to what reads it.
  const reader =
    given.op === "full" ? graph.nodes.find(({ operands }) => operands.includes(given.results[0])) : undefined;
  const node = reader ?? given;
  const name = nameValues(graph)[node.results[0]] ?? "";
  if (node.span === undefined) return { op: node.op, name };
  const { source, start, end } = node.span;
  return { op: node.op, name, line: positionOf(source, start).line, source: source.text.slice(start, end) };
}
