// Plants mistakes in programs, asks why they are wrong, and says whether the answer names the op and the kind.
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { type CompileOptions, graphToTiles } from "../../../src/driver/compile.ts";
import { targetByName } from "../../../src/driver/targets.ts";
import { makeStages } from "../../../src/find/why-wrong/stages.ts";
import { whyWrong } from "../../../src/find/why-wrong/why-wrong.ts";
import { parseGraph } from "../passes/support.ts";
import { graphMistakes, type Mistake, streamMistakes, tileMistakes } from "./planted-mistakes.ts";
import { plantedPrograms } from "./planted-programs.ts";

export interface PlantedCase {
  readonly program: string;
  readonly graph: Graph;
  readonly compile: CompileOptions;
  readonly mistake: Mistake;
  /** Of which its nodes are. */
  readonly at: Graph;
}

export interface Verdict {
  readonly what: string;
  readonly isWrong: boolean;
  readonly namesOp: boolean;
  readonly namesKind: boolean;
  readonly answer: string;
}

/** Rings have several slots where the heuristic chooses. */
export function plantedCases(program: string, strategy: CompileOptions["strategy"]): readonly PlantedCase[] {
  const graph = parseGraph(plantedPrograms[program] ?? "");
  const target = targetByName("tiny");
  if (!target.ok) throw new Error("no machine tiny");
  const compile: CompileOptions = { target: target.value, strategy, fusion: "forced" };
  let expanded = graph;
  graphToTiles(graph, {
    ...compile,
    observe: ({ step, after }) => {
      if (step.name === "expand" && after.level === "graph") expanded = after.ir;
    },
  });
  const stages = makeStages(graph, compile, {});
  if (!stages.ok) throw new Error(JSON.stringify(stages.error));
  const { lowered, tiles, stream, stages: all } = stages.value;
  const lastPass = all.findLast(({ made }) => made.level === "tile")?.pass ?? "lower";
  const inLowered = [...tileMistakes(tiles, lastPass), ...(stream === undefined ? [] : streamMistakes(stream))];
  return [
    ...graphMistakes(expanded).map((mistake) => ({ program, graph, compile, mistake, at: expanded })),
    ...inLowered.map((mistake) => ({ program, graph, compile, mistake, at: lowered })),
  ];
}

export function judgeAnswer({ program, graph, compile, mistake, at }: PlantedCase): Verdict {
  const { plant, kind, words, level } = mistake;
  const what = `${program}, ${level}, ${kind}: ${words}`;
  const inputs = makeRandomInputs(graph, 0);
  const found = whyWrong({ graph, compile: { ...compile, plant }, inputs, seed: 0, edited: {} });
  if (!found.ok) return { what, isWrong: false, namesOp: false, namesKind: false, answer: JSON.stringify(found.error) };
  const { agree, op, kind: named } = found.value;
  const sources = sourcesOf(at, mistake.nodes);
  const namesOp = op !== undefined && (sources.length === 0 || sources.includes(op.source));
  return { what, isWrong: !agree, namesOp, namesKind: named === kind, answer: `${named}, ${op?.source}` };
}

/** The text of the nodes; of a number that of what reads it. */
function sourcesOf({ nodes }: Graph, indices: readonly number[]): readonly (string | undefined)[] {
  return indices.flatMap((index) => {
    const node = nodes[index];
    if (node === undefined) return [];
    const readers = node.op === "full" ? nodes.filter(({ operands }) => operands.includes(node.results[0])) : [];
    return [node, ...readers].map(({ span }) => span?.source.text.slice(span.start, span.end));
  });
}

/** The first cases of each program, stage and kind. */
export function* choose(cases: readonly PlantedCase[], most: number): Generator<Verdict> {
  const counts = new Map<string, number>();
  for (const planted of cases) {
    const key = `${planted.program} ${planted.mistake.level} ${planted.mistake.kind}`;
    if ((counts.get(key) ?? 0) >= most) continue;
    const verdict = judgeAnswer(planted);
    if (!verdict.isWrong) continue;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    yield verdict;
  }
}
