// `tgc why-not FILE fuse A B`: why two kernels of a program are not one, as the fuser said itself, and what it would cost to make them
// one, lowered and simulated.

import { errorMessage } from "../../ir-spec/base/errors/index.ts";
import type { KernelId } from "../../ir-spec/base/ids.ts";
import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { suggest } from "../../ir-spec/base/suggest.ts";
import type { Graph, Node } from "../../ir-spec/graph.ts";
import { nameValues } from "../../ir-spec/print-graph.ts";
import { mergeKernels } from "../../passes/graph/fuse/merge-kernels.ts";
import type { Remark } from "../../passes/pass.ts";
import type { PassEvent } from "../../passes/run.ts";
import { compileTiles } from "../../targets/neuron/compile/compile.ts";
import { machineNames } from "../../targets/neuron/machines/index.ts";
import { simulate } from "../../targets/neuron/sim/simulate.ts";
import { type CompileOptions, optimizedToTiles, optimizeGraph } from "../driver/compile.ts";
import { targetRow } from "../driver/targets.ts";

/** What making the two one kernel does to the program. */
export type Forced =
  | { readonly isPossible: true; readonly timeNs: number }
  /** `code` is that of the diagnostic that says so, where there is one. */
  | { readonly isPossible: false; readonly why: string; readonly code?: string };

export interface WhyNotFuse {
  readonly graph: string;
  readonly target: string;
  /** The kernels of what was asked about. */
  readonly kernels: readonly [string, string];
  readonly isFused: boolean;
  /** What the fuser said of them. */
  readonly remarks: readonly Remark[];
  /** Whether one reads what the other makes. */
  readonly areNeighbours: boolean;
  /** The program as it is (ns); undefined where it does not compile. */
  readonly timeNs: number | undefined;
  /** Absent where they are one already. */
  readonly forced?: Forced;
}

export function whyNotFuse(
  graph: Graph,
  options: CompileOptions,
  asked: readonly [string, string],
): Result<WhyNotFuse> {
  const { kind, name: target } = options.target;
  if (!targetRow(kind).passes.some((pass) => pass === "fuse"))
    return fail([at(problem("E1304", { name: target, expected: machineNames.join(", ") }), undefined)]);
  let fusing: PassEvent | undefined;
  const observe = (event: PassEvent): void => {
    if (event.step.name === "fuse") fusing = event;
  };
  const optimized = optimizeGraph(graph, options.target, { ...options, observe });
  if (!optimized.ok) return optimized;
  const fused = optimized.value.value;
  const [a, b] = asked.map((name) => kernelOf(graph, fused, name));
  const unknown = asked.filter((_name, index) => [a, b][index] === undefined);
  if (a === undefined || b === undefined) return fail(unknown.map((name) => unknownName(graph, fused, name)));
  const before = fusing?.before.level === "graph" ? fusing.before.ir : graph;
  const remarks = remarksAbout(fusing?.remarks ?? [], { before, fused, a, b });
  const isFused = a === b;
  const base = {
    graph: graph.name,
    target,
    kernels: [nameOf(fused, a), nameOf(fused, b)] as const,
    isFused,
    remarks,
    areNeighbours: isFused || reads(fused, a, b) || reads(fused, b, a),
    timeNs: timeOf(fused, options),
  };
  return ok(isFused ? base : { ...base, forced: force(fused, options, a, b) });
}

const nameOf = ({ kernels }: Graph, kernel: KernelId): string => kernels[kernel]?.name ?? "";

/** The kernel of a name: its own, that of a value that it computes, or of what became of a value of the program's text. */
function kernelOf(graph: Graph, fused: Graph, name: string): KernelId | undefined {
  const own = fused.kernels.findIndex((kernel) => kernel.name === name);
  if (own >= 0) return own as KernelId;
  const names = nameValues(fused);
  const made = fused.nodes.findLast(({ results }) => results.some((result) => names[result] === name));
  if (made !== undefined) return made.kernel;
  const written = nameValues(graph);
  const definition = graph.nodes.find(({ results }) => results.some((result) => written[result] === name));
  return definition && fused.nodes.findLast((node) => isSameSpan(node, definition))?.kernel;
}

const isSameSpan = (a: Node, b: Node): boolean =>
  a.span !== undefined && a.span.start === b.span?.start && a.span.end === b.span.end;

function unknownName(graph: Graph, fused: Graph, name: string) {
  const values = [fused, graph].flatMap((of) => {
    const all = nameValues(of);
    return of.nodes.flatMap(({ results }) => results.map((result) => all[result] ?? "%"));
  });
  const names = [...new Set([...fused.kernels.map((kernel) => kernel.name), ...values])].filter(
    (value) => !value.startsWith("%"),
  );
  return at(problem("E1732", { name, graph: graph.name }), undefined, suggest(name, names).notes);
}

/** Whether a kernel reads what another one makes. */
function reads({ nodes }: Graph, reader: KernelId, maker: KernelId): boolean {
  const made = new Set(nodes.filter(({ kernel }) => kernel === maker).flatMap(({ results }) => results));
  return nodes.some(({ kernel, operands }) => kernel === reader && operands.some((operand) => made.has(operand)));
}

interface Fused {
  /** The graph that the fuser got, whose values its remarks name, and the one that it made. */
  readonly before: Graph;
  readonly fused: Graph;
  readonly a: KernelId;
  readonly b: KernelId;
}

/** Remarks that name values of both kernels, or one of the one kernel that the other reads; of one kernel, those about it. */
function remarksAbout(remarks: readonly Remark[], { before, fused, a, b }: Fused): readonly Remark[] {
  const names = nameValues(before);
  const own = (kernel: KernelId): ReadonlySet<string> => namesIn(before, fused, kernel, names);
  const [ofA, ofB] = [own(a), own(b)];
  const between = new Set([...readNames(before, names, ofA, ofB), ...readNames(before, names, ofB, ofA)]);
  return remarks.filter(({ kind, text }) => {
    const quoted = [...text.matchAll(/"([^"]+)"/g)].map(([, name = ""]) => name);
    if (a === b)
      return (
        kind === "done" &&
        (text.startsWith(`fused: kernel ${nameOf(fused, a)} is `) || quoted.some((name) => ofA.has(name)))
      );
    if (kind === "done") return false;
    const hasBoth = quoted.some((name) => ofA.has(name)) && quoted.some((name) => ofB.has(name));
    return hasBoth || quoted.some((name) => between.has(name));
  });
}

/** The names that the values of a kernel had before they were fused. */
function namesIn(before: Graph, fused: Graph, kernel: KernelId, names: readonly string[]): ReadonlySet<string> {
  const now = nameValues(fused);
  const members = fused.nodes.filter((node) => node.kernel === kernel);
  const isMember = (node: Node): boolean =>
    members.some((member) => {
      const [name = "", then = ""] = [now[member.results[0] ?? -1], names[node.results[0] ?? -1]];
      const isSameName = name === then || (name.startsWith("%") && then.startsWith("%"));
      return member.op === node.op && isSameSpan(member, node) && isSameName;
    });
  return new Set(before.nodes.filter(isMember).flatMap(({ results }) => results.map((result) => names[result] ?? "")));
}

/** Of some values those that the nodes of others read. */
function readNames(
  { nodes }: Graph,
  names: readonly string[],
  made: ReadonlySet<string>,
  readers: ReadonlySet<string>,
): readonly string[] {
  return nodes
    .filter(({ results }) => results.some((result) => readers.has(names[result] ?? "")))
    .flatMap(({ operands }) => operands.map((operand) => names[operand] ?? ""))
    .filter((name) => made.has(name));
}

/** Simulated (ns). */
function timeOf(fused: Graph, options: CompileOptions): number | undefined {
  const timed = timeFused(fused, options);
  return timed.ok ? timed.value : undefined;
}

function timeFused(fused: Graph, options: CompileOptions): Result<number> {
  const { machine } = options.target;
  const tiles = optimizedToTiles(fused, options);
  if (!tiles.ok) return tiles;
  const stream = compileTiles(tiles.value, machine);
  if (!stream.ok) return stream;
  const ran = simulate(stream.value, machine, undefined);
  return ran.ok ? ok(ran.value.report.timeNs) : ran;
}

/** The two as one kernel, whose schedule is chosen: what was given for them is for other kernels. */
function force(fused: Graph, options: CompileOptions, a: KernelId, b: KernelId): Forced {
  const [first, last] = a < b ? [a, b] : [b, a];
  const merged = mergeKernels(fused, last, first);
  if (!merged.ok) return { isPossible: false, why: merged.error };
  const own = [nameOf(fused, a), nameOf(fused, b)];
  const { schedule } = options;
  const others = schedule && { ...schedule, kernels: schedule.kernels.filter(({ kernel }) => !own.includes(kernel)) };
  const timed = timeFused(merged.value, { ...options, schedule: others });
  if (timed.ok) return { isPossible: true, timeNs: timed.value };
  const [found] = timed.error;
  if (found === undefined) return { isPossible: false, why: "it cannot be compiled" };
  return { isPossible: false, why: errorMessage(found.code, found.args), code: found.code };
}
