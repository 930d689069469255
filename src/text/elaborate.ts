// Stage 1 -> 2: `AstModule` -> `Graph`. Names are resolved, dimensions bound, functions inlined and loops unrolled; the
// graph's builder infers all types. All mistakes of a file are reported in one run.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Span } from "../../ir-spec/base/span.ts";
import { suggest } from "../../ir-spec/base/suggest.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import { makeGraphBuilder } from "../../ir-spec/graph-builder.ts";
import { verifyGraph } from "../../ir-spec/verify-graph.ts";
import {
  type AstModule,
  type DimDecl,
  type GraphDecl,
  type Ident,
  itemsOf,
  type ParamDecl,
  type ResultDecl,
} from "./ast.ts";
import {
  type ElaborationPlace,
  type GraphState,
  isOver,
  lineOf,
  makeBudget,
  makeKernelOpener,
  makeSink,
  oneOf,
  report,
  type Sink,
} from "./context.ts";
import { elaborateBody, inlineDef, MAX_FRAMES } from "./elaborate-body.ts";
import { toTensor } from "./elaborate-call.ts";
import { checkDeclared, readDimension, readType } from "./elaborate-type.ts";
import { countLeastCalls } from "./least-calls.ts";
import { errorMeaning, numberMeaning, tensorMeaning } from "./meaning.ts";
import { dimensionMisfit } from "./numbers.ts";
import { withHabits } from "./python-habits.ts";
import { makeScope } from "./scope.ts";

export interface ElaborateOptions {
  /** Sizes for dimensions, in place of their defaults. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Only the graph of this name. */
  readonly graph?: string;
}

/** Elaborates a module that was parsed without mistakes. */
export function elaborate(module: AstModule, options: ElaborateOptions = {}): Result<readonly Graph[]> {
  const sink = makeSink();
  checkItemNames(module, sink);
  const chosen = chooseGraphs(module, options, sink);
  checkDimNames(module, chosen, options, sink);
  const defs = new Map(itemsOf(module, "def").map((def) => [def.name.name, def]));
  const file: FileState = {
    ...{ sink, options, defs, budget: makeBudget(sink), dims: itemsOf(module, "dim") },
    leastCalls: countLeastCalls(defs, MAX_FRAMES),
  };
  const graphs = chosen.map((decl) => elaborateGraph(file, decl));
  const diagnostics = sink.diagnostics().map(withHabits);
  // The verifier reads nothing that the elaboration has found wrong already.
  const wrong = diagnostics.length > 0 ? diagnostics : graphs.flatMap(verifyGraph);
  return wrong.length > 0 ? fail(wrong) : ok(graphs);
}

/** What the graphs of a file have in common. */
interface FileState extends Pick<GraphState, "sink" | "budget" | "defs" | "leastCalls"> {
  readonly options: ElaborateOptions;
  readonly dims: readonly DimDecl[];
}

function start(module: AstModule): Span {
  return { source: module.source, start: 0, end: 0 };
}

function chooseGraphs(module: AstModule, { graph: name }: ElaborateOptions, sink: Sink): readonly GraphDecl[] {
  const all = itemsOf(module, "graph");
  if (all.length === 0) sink.report(at(problem("E0105", { file: module.source.name }), start(module)));
  if (name === undefined || all.length === 0) return all;
  const chosen = all.filter((decl) => decl.name.name === name);
  if (chosen.length > 0) return chosen;
  const names = all.map((decl) => decl.name.name);
  const { notes } = suggest(name, names);
  sink.report(at(problem("E0212", { name, expected: oneOf(names) }), start(module), notes));
  return [];
}

/** Dimensions that are set must exist in the file or in one of the chosen graphs. */
function checkDimNames(
  module: AstModule,
  chosen: readonly GraphDecl[],
  { dims = {} }: ElaborateOptions,
  sink: Sink,
): void {
  const decls = [...itemsOf(module, "dim"), ...chosen.flatMap((decl) => decl.dims)];
  const known = [...new Set(decls.map((decl) => decl.name.name))];
  for (const name of Object.keys(dims)) {
    if (known.includes(name) || chosen.length === 0) continue;
    const wanted = known.length === 0 ? "none, since the graph has no `<...>`" : oneOf(known);
    sink.report(at(problem("E0213", { name, expected: wanted }), start(module), suggest(name, known).notes));
  }
}

function checkItemNames(module: AstModule, sink: Sink): void {
  for (const kind of ["graph", "def", "schedule"] as const) {
    checkUnique(
      itemsOf(module, kind).map((item) => item.name),
      kind,
      (diagnostic) => sink.report(diagnostic),
    );
  }
  for (const def of itemsOf(module, "def")) {
    checkUnique(
      def.params.map((param) => param.name),
      "parameter",
      (diagnostic) => sink.report(diagnostic),
    );
  }
}

function checkUnique(names: readonly Ident[], what: string, tell: (diagnostic: Diagnostic) => void): void {
  const first = new Map<string, Span>();
  for (const { name, span } of names) {
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, span);
    else
      tell(
        at(problem("E0203", { what, name, line: lineOf(earlier) }), span, [
          { text: "first given here", span: earlier },
        ]),
      );
  }
}

function elaborateGraph({ dims, options, ...file }: FileState, decl: GraphDecl): Graph {
  const builder = makeGraphBuilder(decl.name.name);
  const fileScope = makeScope("file");
  const openKernel = makeKernelOpener(builder);
  const graph: GraphState = { ...file, builder, fileScope, openKernel, inline: inlineDef };
  const scope = makeScope("body", fileScope);
  const place: ElaborationPlace = { graph, scope, kernel: undefined, frames: [], body: decl.body };
  declareDims({ ...place, scope: fileScope }, dims, options);
  declareDims(place, decl.dims, options);
  const states = declareParams(place, decl.params);
  elaborateBody(place, decl.body);
  if (!isOver(place)) finishResults(place, decl);
  if (!isOver(place)) finishStates(place, states);
  return builder.finish();
}

function declareDims(place: ElaborationPlace, decls: readonly DimDecl[], { dims = {} }: ElaborateOptions): void {
  for (const decl of decls) {
    if (isOver(place)) return;
    const { name, span } = decl.name;
    if (isTaken(place, decl.name, "dimension")) continue;
    const size = Object.hasOwn(dims, name) ? givenSize(place, decl, dims[name] as number) : defaultSize(place, decl);
    const meaning = size === undefined ? errorMeaning : numberMeaning(size, true);
    place.scope.declare(name, { meaning, role: "dimension", span });
  }
}

function givenSize(place: ElaborationPlace, { name }: DimDecl, size: number): number | undefined {
  const misfit = dimensionMisfit(numberMeaning(size, true), `\`${name.name}\``);
  if (misfit === undefined) return size;
  report(place, misfit, name.span, { notes: [{ text: "the value was given from outside, with `--dim`" }] });
  return undefined;
}

function defaultSize(place: ElaborationPlace, { name, value }: DimDecl): number | undefined {
  if (value !== undefined) return readDimension(place, value);
  report(place, problem("E0222", { name: name.name }), name.span);
  return undefined;
}

function isTaken(place: ElaborationPlace, { name, span }: Ident, what: string): boolean {
  const earlier = place.scope.find(name);
  if (earlier === undefined) return false;
  const notes = [{ text: "first given here", span: earlier.span }];
  report(place, problem("E0203", { what, name, line: lineOf(earlier.span) }), span, { notes });
  return true;
}

interface StateParam {
  readonly decl: ParamDecl;
  readonly id: ValueId;
}

/** Adds the parameters to the graph; gives those that are states. */
function declareParams(place: ElaborationPlace, params: readonly ParamDecl[]): readonly StateParam[] {
  const states: StateParam[] = [];
  for (const decl of params) {
    if (isOver(place)) break;
    const { name, role, type } = decl;
    const read = readType(place, type);
    if (isTaken(place, name, "parameter")) continue;
    const id = read === undefined ? undefined : place.graph.builder.param(role, name.name, read, name.span);
    const meaning = id === undefined ? errorMeaning : tensorMeaning(id);
    place.scope.declare(name.name, { meaning, role: role === "state" ? "state" : "parameter", span: name.span });
    if (role === "state" && id !== undefined) states.push({ decl, id });
  }
  return states;
}

function finishResults(place: ElaborationPlace, decl: GraphDecl): void {
  checkUnique(
    decl.results.map((result) => result.name),
    "result",
    (diagnostic) => place.graph.sink.report(diagnostic),
  );
  for (const result of decl.results) finishResult(place, decl, result);
}

function finishResult(place: ElaborationPlace, decl: GraphDecl, { name: { name, span }, type }: ResultDecl): void {
  const binding = place.scope.find(name);
  if (binding === undefined) {
    report(place, problem("E0217", { name, graph: decl.name.name }), span, suggest(name, place.scope.names()));
    return;
  }
  const declared =
    type === undefined ? binding.meaning : checkDeclared(place, binding.meaning, { name, type, span: binding.span });
  const value = toTensor(place, { meaning: declared, span: binding.span }, undefined);
  if (value !== undefined) place.graph.builder.result(name, value);
}

/** The last value of each state that was given one is its new content. */
function finishStates(place: ElaborationPlace, states: readonly StateParam[]): void {
  for (const { decl, id } of states) {
    const { name, type } = decl;
    const binding = place.scope.find(name.name);
    // Never given again: the binding is still that of the parameter.
    if (binding === undefined || binding.span === name.span) continue;
    const content = checkDeclared(place, binding.meaning, { name: name.name, type, span: binding.span });
    if (content.kind === "tensor") place.graph.builder.update(id, content.id);
  }
}
