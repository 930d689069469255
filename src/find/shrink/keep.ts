// THE TABLE OF PROPERTIES that a shrunk program keeps: how each is written, and how a program is seen to have it. A program that fails in
// another way than the first one did is another case, and does not count.

import type { Diagnostic } from "../../../ir-spec/base/result.ts";
import type { Graph } from "../../../ir-spec/graph.ts";
import { makeRandomInputs } from "../../../ir-spec/random-tensor.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { simulate } from "../../../targets/neuron/sim/simulate.ts";
import { checkGraph } from "../../driver/check.ts";
import { type CompileOptions, graphToStream } from "../../driver/compile.ts";
import { timeGraph } from "../../driver/profile.ts";
import { widenGraph } from "../../driver/widen.ts";
import { expandedGraph, makeExactJudge, makeNoiseJudge } from "../judge.ts";
import type { ShrinkState } from "./state.ts";

export type Keep =
  | { readonly kind: "wrong" }
  | { readonly kind: "crash" }
  | { readonly kind: "diagnostic"; readonly code: string }
  | { readonly kind: "slower-than"; readonly percent: number };

export const keepForm = /^(wrong|crash|diagnostic:E\d{4}|slower-than:\d+(\.\d+)?%)$/;

/** Reads a property that has the form. */
export function readKeep(text: string): Keep {
  const [kind = "", value = ""] = text.split(":");
  if (kind === "diagnostic") return { kind, code: value };
  if (kind === "slower-than") return { kind, percent: Number.parseFloat(value) };
  return { kind: kind === "crash" ? "crash" : "wrong" };
}

export interface Compilation {
  readonly options: CompileOptions;
  /** What `slower-than` compares with. */
  readonly than: CompileOptions;
  readonly seed: number;
}

/** What is seen of a program: the same text for the same case; undefined where it does not have the property. */
export type Sighting = string | undefined;

/** What went wrong on the way of a graph to a stream that is proven right. */
export interface CompileEnd {
  readonly crash?: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles a graph, and checks its stream unless only what stops the compiler is asked for, whatever happens. */
export function tryCompile(graph: Graph, options: CompileOptions, { isChecked = true } = {}): CompileEnd {
  try {
    const stream = graphToStream(graph, options);
    if (!stream.ok) return endOf(stream.error);
    return isChecked ? endOf(checkStream(stream.value.value, options.target.machine).diagnostics) : { diagnostics: [] };
  } catch (error) {
    return { crash: crashText(error), diagnostics: [] };
  }
}

function endOf(diagnostics: readonly Diagnostic[]): CompileEnd {
  const internal = diagnostics.find(({ code }) => code.startsWith("E90"));
  if (internal === undefined) return { diagnostics };
  const { code, args } = internal;
  return { crash: withoutNumbers(`${code} ${JSON.stringify(args)}`), diagnostics };
}

/** What was thrown, and where: the message, and the function that threw it. */
function crashText(error: unknown): string {
  if (!(error instanceof Error)) return withoutNumbers(String(error));
  return withoutNumbers(`${error.name}: ${error.message.split("\n")[0] ?? ""}`);
}

/** Messages of one case differ in sizes, and in the names of values. */
function withoutNumbers(text: string): string {
  return text.replace(/`[^`]*`/g, "`_`").replace(/\d+/g, "0");
}

type See<K extends Keep["kind"]> = (
  state: ShrinkState,
  keep: Extract<Keep, { kind: K }>,
  compilation: Compilation,
  /** What was seen of the first program. */
  wanted?: string,
) => Sighting | Promise<Sighting>;

const table: { readonly [K in Keep["kind"]]: See<K> } = {
  wrong: seeWrong,
  crash: seeCrash,
  diagnostic: seeDiagnostic,
  "slower-than": ({ graph, schedule }, { percent }, { options, than }) => {
    const slow = timeNs(graph, { ...options, schedule });
    const fast = timeNs(graph, than);
    if (slow === undefined || fast === undefined) return undefined;
    return slow >= fast * (1 + percent / 100) ? "slower" : undefined;
  },
};

/** Sees whether a program has the property, and how. */
export async function see(
  state: ShrinkState,
  keep: Keep,
  compilation: Compilation,
  wanted?: string,
): Promise<Sighting> {
  const row = table[keep.kind] as See<Keep["kind"]>;
  return await row(state, keep, compilation, wanted);
}

const differ = "values differ";
const differWidened = "values differ once widened to f32";

/** An error of the compiler stays one of the compiler, so that streams of programs without it, which may be long, need not be checked. */
function seeDiagnostic(
  { graph, schedule }: ShrinkState,
  { code }: Extract<Keep, { kind: "diagnostic" }>,
  { options }: Compilation,
  wanted?: string,
): Sighting {
  const has = (isChecked: boolean): boolean => {
    const { diagnostics } = tryCompile(graph, { ...options, schedule }, { isChecked });
    return diagnostics.some((found) => found.code === code);
  };
  const inStream = `${code} in the stream`;
  if (wanted !== inStream && has(false)) return code;
  return wanted !== code && has(true) ? inStream : undefined;
}

/** Values that differ from the reference, or a stream that is not proven right; of smaller programs only what was seen of the first. */
function seeWrong(state: ShrinkState, _keep: Keep, { options, seed }: Compilation, wanted?: string): Sighting {
  const { graph, schedule } = state;
  const compile = { ...options, schedule };
  const own = wanted === differWidened ? undefined : seeWrongValues(graph, compile, seed);
  if (own !== undefined || (wanted !== undefined && wanted !== differWidened)) return own;
  return seeWrongValues(widenGraph(graph), compile, seed) === differ ? differWidened : undefined;
}

function seeWrongValues(graph: Graph, options: CompileOptions, seed: number): Sighting {
  const { target } = options;
  const expanded = expandedGraph(graph, target);
  const stream = withoutCrash(() => graphToStream(graph, options));
  // What a text or a machine is refused for is no wrong program; what the check finds in a stream is one of the compiler's.
  if (!expanded.ok || stream === undefined || !stream.ok) return undefined;
  const [first] = checkStream(stream.value.value, target.machine).diagnostics;
  if (first !== undefined) return `the stream is not proven right: ${first.code}`;
  const inputs = makeRandomInputs(graph, seed);
  const judges = [
    () => makeExactJudge(graph, expanded.value, inputs),
    () => makeNoiseJudge(graph, expanded.value, inputs, "random"),
  ];
  const isWrong = judges.some((make) => {
    const judge = make();
    const ran = judge && simulate(stream.value.value, target.machine, judge.inputs);
    return ran?.ok === true && judge !== undefined && judge.findWrong(ran.value.outputs).length > 0;
  });
  return isWrong ? differ : undefined;
}

function withoutCrash<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}

async function seeCrash(state: ShrinkState, _keep: Keep, { options, seed }: Compilation): Promise<Sighting> {
  const { graph, schedule } = state;
  const { crash, diagnostics } = tryCompile(graph, { ...options, schedule });
  if (crash !== undefined || diagnostics.length > 0) return crash;
  try {
    const inputs = makeRandomInputs(graph, seed);
    const more = { inputs, executors: ["neuron", "tiles"], gpu: undefined, onlyPrecise: false } as const;
    const report = await checkGraph(graph, { compile: { ...options, schedule }, ...more });
    const failures = report.ok
      ? report.value.executors.flatMap((executor) => executor.diagnostics ?? [])
      : report.error;
    return endOf(failures).crash;
  } catch (error) {
    return crashText(error);
  }
}

function timeNs(graph: Graph, options: CompileOptions): number | undefined {
  const timed = timeGraph(graph, options);
  return timed.ok ? timed.value.profile.timeNs : undefined;
}
