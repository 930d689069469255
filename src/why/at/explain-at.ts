// `tgc explain --at`: what became of a place of a program's text, through the passes to kernels, their statements and instructions, and
// what it takes of the program's simulated time.

import type { NodeId } from "../../../ir-spec/base/ids.ts";
import { ok, type Result } from "../../../ir-spec/base/result.ts";
import { positionOf } from "../../../ir-spec/base/span.ts";
import type { Graph, Node } from "../../../ir-spec/graph.ts";
import { nameValues, printNode } from "../../../ir-spec/print-graph.ts";
import { printTileNode } from "../../../ir-spec/print-tile.ts";
import type { TileProgram, TileStatement } from "../../../ir-spec/tile.ts";
import type { Remark } from "../../../passes/pass.ts";
import type { PassEvent } from "../../../passes/run.ts";
import { reportUnitOf } from "../../../targets/neuron/sim/ledger.ts";
import type { ReportUnit } from "../../../targets/neuron/sim/report.ts";
import type { Instruction, Stream, StreamItem } from "../../../targets/neuron/stream.ts";
import type { CompileOptions } from "../../driver/compile.ts";
import { type TimedGraph, timeGraph } from "../../driver/profile.ts";
import { findPath } from "../../trace/critical-path.ts";
import { maxTraceEvents } from "../../trace/timeline.ts";
import { type Selection, select } from "./select.ts";

/** What a pass did to the ops of the place. */
export interface PassEffect {
  readonly pass: string;
  /** The statements that come from the place, where the pass changed them. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly remarks: readonly string[];
}

/** What one unit executes of one instruction for the place, in one kernel. */
export interface AtInstructions {
  readonly unit: ReportUnit;
  readonly inst: string;
  /** In the text of the stream. */
  readonly written: number;
  readonly executed: number;
  /** The unit's time for them (ns); transfers of one queue overlap. */
  readonly ns: number;
  /** What of it is on the critical path (ns). */
  readonly pathNs: number;
}

export interface AtKernel {
  readonly name: string;
  readonly ops: readonly string[];
  readonly schedule: string;
  readonly exclusiveNs: number;
  readonly statements: readonly string[];
  readonly instructions: readonly AtInstructions[];
}

export interface AtReport {
  readonly place: string;
  readonly graph: string;
  readonly target: string;
  readonly ops: readonly { readonly text: string; readonly line: number; readonly column: number }[];
  readonly passes: readonly PassEffect[];
  readonly kernels: readonly AtKernel[];
  readonly timeNs: number;
  /** On the critical path (ns), of all kernels; undefined where the run is too long for a trace. */
  readonly pathNs: number | undefined;
}

export function explainAt(graph: Graph, options: CompileOptions, place: string): Result<AtReport> {
  const selection = select(graph, place);
  if (!selection.ok) return selection;
  const events: PassEvent[] = [];
  const observe = (event: PassEvent): void => {
    events.push(event);
  };
  const timed = timeGraph(graph, { ...options, observe, maxTraceEvents });
  if (!timed.ok) return timed;
  const names = nameValues(graph);
  const ops = selection.value.nodes.map((node) => {
    const position = node.span && positionOf(node.span.source, node.span.start);
    return { text: printNode(graph, node, names), line: position?.line ?? 0, column: position?.column ?? 0 };
  });
  const kernels = kernelsOf(timed.value, selection.value, options);
  const lowered = kernelNames(timed.value.graph, selection.value);
  const path = kernels.flatMap(({ instructions }) => instructions.map(({ pathNs }) => pathNs));
  return ok({
    place,
    graph: graph.name,
    target: options.target.name,
    ops,
    passes: events.flatMap((event) => effectOf(event, selection.value, lowered)),
    kernels,
    timeNs: timed.value.profile.timeNs,
    pathNs: timed.value.trace.length === 0 ? undefined : path.reduce((sum, ns) => sum + ns, 0),
  });
}

/** Nothing where a pass neither changed the place's ops nor has a remark about them. */
function effectOf(
  { step, before, after, remarks }: PassEvent,
  selection: Selection,
  kernels: readonly string[],
): readonly PassEffect[] {
  const [then, now] = [before, after].map(({ level, ir }) => (level === "graph" ? textsOf(ir, selection) : []));
  const isChanged = after.level === "graph" && JSON.stringify(then) !== JSON.stringify(now);
  const around = after.level === "graph" ? kernelNodes(after.ir, selection) : [];
  const own = remarks
    .filter((remark) => isAbout(remark, [...selection.nodes, ...around], kernels))
    .map(({ text }) => text);
  if (!isChanged && own.length === 0) return [];
  return [
    { pass: step.name, before: isChanged ? (then ?? []) : [], after: isChanged ? (now ?? []) : [], remarks: own },
  ];
}

/** The statements that come from the place; values have the names that they have there, so that only what they say counts. */
function textsOf(graph: Graph, { has }: Selection): readonly string[] {
  const names = nameValues(graph);
  return graph.nodes.filter(has).map((node) => {
    const kernel = node.kernel === undefined ? "" : ` // kernel ${graph.kernels[node.kernel]?.name}`;
    return `${printNode(graph, node, names).replaceAll(/%\d+/g, "%")}${kernel}`;
  });
}

/** All nodes of the kernels that have an op of the place. */
function kernelNodes({ nodes }: Graph, { has }: Selection): readonly Node[] {
  const kernels = new Set(nodes.filter(has).flatMap(({ kernel }) => kernel ?? []));
  return nodes.filter(({ kernel }) => kernel !== undefined && kernels.has(kernel));
}

function kernelNames(graph: Graph, selection: Selection): readonly string[] {
  const names = kernelNodes(graph, selection).flatMap(({ kernel }) => graph.kernels[kernel ?? -1]?.name ?? []);
  return [...new Set(names)];
}

/** Whether a remark is about one of some nodes, or, where it has no place, begins with the name of one of some kernels. */
function isAbout({ span, text }: Remark, nodes: readonly Node[], kernels: readonly string[]): boolean {
  if (span === undefined)
    return kernels.some(
      (name) => /^[ :]/.test(text.slice(`kernel ${name}`.length)) && text.startsWith(`kernel ${name}`),
    );
  return nodes.some(({ span: own }) => own !== undefined && span.start === own.start && span.end === own.end);
}

function kernelsOf(timed: TimedGraph, { has }: Selection, options: CompileOptions): readonly AtKernel[] {
  const { graph, tiles, profile } = timed;
  const nodes = new Set<NodeId>();
  graph.nodes.forEach((node: Node, index) => {
    if (has(node)) nodes.add(index as NodeId);
  });
  const isOwn = (origin: readonly NodeId[] | undefined): boolean => (origin ?? []).some((node) => nodes.has(node));
  const found = instructionsOf(timed, isOwn, options);
  return profile.kernels.flatMap(({ name, ops, schedule, exclusiveNs }, index): readonly AtKernel[] => {
    const statements = statementsOf(tiles, name, isOwn);
    const instructions = found.get(index) ?? [];
    if (statements.length === 0 && instructions.length === 0) return [];
    return [{ name, ops, schedule, exclusiveNs, statements, instructions }];
  });
}

type IsOwn = (origin: readonly NodeId[] | undefined) => boolean;

function statementsOf(tiles: TileProgram, kernel: string, isOwn: IsOwn): readonly string[] {
  const visit = (body: readonly TileStatement[], indent: string): readonly string[] =>
    body.flatMap((statement): readonly string[] => {
      if (statement.kind === "alloc") return [];
      if (statement.kind === "op")
        return isOwn(statement.origin) ? [`${indent}${printTileNode(tiles, statement)}`] : [];
      const inner = visit(statement.body, `${indent}  `);
      const head = `${indent}for ${tiles.loops[statement.loop] ?? "loop"} in 0..${statement.trips.max}`;
      return inner.length === 0 ? [] : [head, ...inner];
    });
  return tiles.kernels.filter(({ name }) => name === kernel).flatMap(({ body }) => visit(body, ""));
}

/** By kernel, in the order in which the units are reported. */
function instructionsOf(
  timed: TimedGraph,
  isOwn: IsOwn,
  { target }: CompileOptions,
): ReadonlyMap<number, readonly AtInstructions[]> {
  const rows = new Map<string, { kernel: number; row: AtInstructions }>();
  const add = (kernel: number, unit: ReportUnit, inst: string, more: Partial<AtInstructions>): void => {
    const key = `${kernel} ${unit} ${inst}`;
    const { row } = rows.get(key) ?? { row: { unit, inst, written: 0, executed: 0, ns: 0, pathNs: 0 } };
    const { written = 0, executed = 0, ns = 0, pathNs = 0 } = more;
    const sum = {
      written: row.written + written,
      executed: row.executed + executed,
      ns: row.ns + ns,
      pathNs: row.pathNs + pathNs,
    };
    rows.set(key, { kernel, row: { unit, inst, ...sum } });
  };
  for (const { queue, item } of instructionsIn(timed.stream)) {
    if (isOwn(item.origin)) add(item.kernel, reportUnitOf(queue), item.inst, { written: 1 });
  }
  for (const { queue, item, startNs, endNs } of timed.trace) {
    if (item !== undefined && isOwn(item.origin))
      add(item.kernel, reportUnitOf(queue), item.inst, { executed: 1, ns: endNs - startNs });
  }
  for (const { event, fromNs, toNs } of findPath(timed, target.machine) ?? []) {
    const { item, queue } = event;
    if (item !== undefined && isOwn(item.origin))
      add(item.kernel, reportUnitOf(queue), item.inst, { pathNs: toNs - fromNs });
  }
  const byKernel = new Map<number, AtInstructions[]>();
  for (const { kernel, row } of rows.values()) byKernel.set(kernel, [...(byKernel.get(kernel) ?? []), row]);
  return byKernel;
}

function instructionsIn({ queues }: Stream) {
  type Place = { readonly queue: (typeof queues)[number]["queue"]; readonly item: Instruction };
  const visit = (queue: Place["queue"], items: readonly StreamItem[]): readonly Place[] =>
    items.flatMap((item) => {
      if (item.kind === "loop") return visit(queue, item.body);
      const isToken = item.inst === "acquire" || item.inst === "release";
      return isToken ? [] : [{ queue, item }];
    });
  return queues.flatMap(({ queue, body }) => visit(queue, body));
}
