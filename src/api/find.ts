// Where a wrong program goes wrong, and the smallest one that still does.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { findTooMuchToGive, maxCheckedElements } from "../driver/graph-data.ts";
import { checkTensors, graphParameters } from "../driver/parameters.ts";
import type { Keep } from "../find/shrink/keep.ts";
import { type ShrinkReport, shrinkGraph } from "../find/shrink/shrink.ts";
import { findMismatch } from "../find/why-wrong/mismatch.ts";
import type { WhyWrong } from "../find/why-wrong/report.ts";
import { whyWrong as findWhyWrong } from "../find/why-wrong/why-wrong.ts";
import { type CompileOptions, driverOptions, locate } from "./compile.ts";
import type { InputOptions } from "./run.ts";
import { type Program, toDriverProgram } from "./stage.ts";

export interface WhyWrongOptions extends CompileOptions, InputOptions {
  /** A tile program in place of the compiler's own, such as one that was written by hand. */
  readonly tiles?: TileProgram | undefined;
  /** The same of the instruction stream. */
  readonly stream?: Stream | undefined;
}

/**
 * Says at which stage of a graph's compilation, op and instruction its values part from the graph's own, and what kind of mistake explains
 * them, as `tgc why-wrong` does. Fails for programs that do not take and give what the graph does (E1332).
 *
 * @example
 * import { lower, parse, parseTiles, print, unwrap, whyWrong } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = exp(x) }"));
 * const text = print(unwrap(lower(graph, { target: "tiny" })).program).replace("func=exp", "func=tanh");
 * const { agree, stage, op } = unwrap(whyWrong(graph, { target: "tiny", tiles: unwrap(parseTiles(text)) }));
 * console.log(agree, stage, op?.op); // false tiles exp
 */
export function whyWrong(graph: Graph, options: WhyWrongOptions = {}): Result<WhyWrong> {
  const { tiles, stream, inputs = new Map(), seed = 0 } = options;
  const driver = driverOptions(options);
  if (!driver.ok) return driver;
  const tooMuch = findTooMuchToGive(graph, maxCheckedElements);
  if (tooMuch !== undefined) return fail([at(tooMuch, undefined)]);
  const parameters = graphParameters(graph);
  const edited = [tiles, stream].flatMap((program) => program ?? []);
  const wrong = [...checkTensors(parameters, inputs), ...edited.flatMap((program) => mismatches(graph, program))];
  if (wrong.length > 0) return fail(wrong);
  const all = new Map([...parameters.random(seed), ...inputs]);
  const found = findWhyWrong({ graph, compile: driver.value, inputs: all, seed, edited: { tiles, stream } });
  return found.ok ? found : fail(locate(found.error, options));
}

function mismatches(graph: Graph, program: Exclude<Program, Graph>) {
  const why = findMismatch(graph, toDriverProgram(program));
  return why === undefined ? [] : [at(problem("E1332", { file: program.name, graph: graph.name, why }), undefined)];
}

export interface ShrinkOptions extends CompileOptions {
  /** What `slower-than` compares with; without its schedule unless given. */
  readonly than?: CompileOptions | undefined;
  /** Of the inputs; 0 unless given. */
  readonly seed?: number | undefined;
  /** Asked between programs; the smallest so far is kept where it says that the search is over. */
  readonly isOver?: (() => boolean) | undefined;
}

/**
 * Finds the smallest graph that still has a property, as `tgc shrink` does: it is `wrong`, makes the compiler crash, has a diagnostic, or is
 * slower than with other options. Undefined where the graph does not have it.
 *
 * @example
 * import { parse, shrink, unwrap } from "tgc";
 *
 * const text = "graph g(x: f32[64, 64], w: f32[64, 64]) -> (y: f32[64, 64]) { h = relu(x)\n y = matmul(h, w) + 1 }";
 * const made = await shrink(
 *   unwrap(parse(text)),
 *   { kind: "slower-than", percent: 20 },
 *   { target: "tiny", strategy: "naive", than: { target: "tiny" } },
 * );
 * const small = unwrap(made);
 * console.log(small?.text.includes("relu")); // false
 */
export async function shrink(
  graph: Graph,
  keep: Keep,
  options: ShrinkOptions = {},
): Promise<Result<ShrinkReport | undefined>> {
  const { seed = 0, isOver = () => false } = options;
  const driver = driverOptions(options);
  if (!driver.ok) return driver;
  const than = driverOptions(options.than ?? { ...options, schedule: undefined });
  if (!than.ok) return than;
  const compilation = { options: driver.value, than: than.value, seed };
  return ok(await shrinkGraph({ graph, schedule: driver.value.schedule }, keep, compilation, { isOver }));
}
