// Texts and bytes to values: programs, schedules, and what later stages print. Each reads what `print` writes.

import { type Diagnostic, fail, ok, type Result } from "../../ir-spec/base/result.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Schedule } from "../../ir-spec/schedule.ts";
import type { TileProgram } from "../../ir-spec/tile.ts";
import { parseStream } from "../../targets/neuron/asm/parse-stream.ts";
import { decodeStream } from "../../targets/neuron/encode/decode.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { loadGraph } from "../driver/choose-graph.ts";
import { type FixedProgram, fixProgram } from "../driver/fix.ts";
import { parseProgram } from "../driver/programs.ts";
import { readSchedule } from "../driver/schedules.ts";
import type { AstModule, ScheduleDecl } from "../text/ast.ts";
import { formatModule, parseGraphs as parseGraphsOf, parseModule } from "../text/index.ts";
import { resolveTarget, type TargetChoice } from "./target.ts";

export interface ParseOptions {
  /** What messages call the text; `program.tg` unless given. */
  readonly name?: string;
  /** The graph to take; without it the only one, or the one called `main`. */
  readonly graph?: string;
  /** Sizes of dimensions, in place of their defaults. */
  readonly dims?: Readonly<Record<string, number>>;
}

/** What messages call a text that has no name. */
const usualName = "program.tg";

/**
 * Reads a program in the `.tg` language and gives one of its graphs. Fails with everything that is wrong with the text, and where several
 * graphs are left to choose from (E1303).
 *
 * @example
 * import { parse, unwrap } from "tgc";
 *
 * const text = "graph scale<T = 4>(x: f32[T, 8]) -> (y: f32[T, 8]) { y = x * 2 }";
 * const graph = unwrap(parse(text, { dims: { T: 16 } }));
 * console.log(graph.name, graph.params.length); // scale 1
 */
export function parse(text: string, options: ParseOptions = {}): Result<Graph> {
  const loaded = loadGraph({ name: options.name ?? usualName, text }, options);
  return loaded.ok ? ok(loaded.value.graph) : loaded;
}

/**
 * Reads all graphs of a program, or the one that `graph` names.
 *
 * @example
 * import { parseGraphs, unwrap } from "tgc";
 *
 * const text = "graph a(x: f32[4]) -> (y: f32[4]) { y = -x } graph b(x: f32[4]) -> (y: f32[4]) { y = x + 1 }";
 * console.log(unwrap(parseGraphs(text)).map(({ name }) => name)); // [ 'a', 'b' ]
 */
export function parseGraphs(text: string, options: ParseOptions = {}): Result<readonly Graph[]> {
  return parseGraphsOf({ name: options.name ?? usualName, text }, options);
}

/**
 * Gives warnings about what nothing in a program uses: weights, statements, dimensions (E0226 to E0228), as the commands print them. Fails
 * as `parse` does.
 *
 * @example
 * import { findUnused, unwrap } from "tgc";
 *
 * const text = "graph g(x: f32[4], weight b: f32[4]) -> (y: f32[4]) { y = relu(x) }";
 * console.log(unwrap(findUnused(text)).map(({ code, args }) => `${code} ${args.name}`)); // [ 'E0226 b' ]
 */
export function findUnused(text: string, options: ParseOptions = {}): Result<readonly Diagnostic[]> {
  const loaded = loadGraph({ name: options.name ?? usualName, text }, options);
  return loaded.ok ? ok(loaded.value.warnings) : loaded;
}

/** A schedule that was read from a text, whose places messages about it show. */
export interface ParsedSchedule extends Schedule {
  readonly decl: ScheduleDecl;
}

/**
 * Reads all schedules of a text, which may also hold graphs. Which kernels a graph has is known when it is compiled: names and fields that
 * do not fit it are reported then.
 *
 * @example
 * import { parse, parseSchedules, profile, unwrap } from "tgc";
 *
 * const text = `
 *   graph g(a: bf16[256, 256], weight b: bf16[256, 256]) -> (y: bf16[256, 256]) { y = matmul(a, b) }
 *   schedule small for g { kernel * { block_m=1 } }`;
 * const [schedule] = unwrap(parseSchedules(text));
 * console.log(schedule?.name, unwrap(profile(unwrap(parse(text)), { schedule })).timeNs);
 */
export function parseSchedules(text: string, name = usualName): Result<readonly ParsedSchedule[]> {
  const { module, diagnostics } = parseModule({ name, text });
  if (diagnostics.length > 0) return fail(diagnostics);
  const read = module.items.filter((item) => item.kind === "schedule").map(readSchedule);
  const wrong = read.flatMap((schedule) => schedule.wrong);
  return wrong.length > 0 ? fail(wrong) : ok(read.map(({ schedule, decl }) => ({ ...schedule, decl })));
}

/**
 * Reads the syntax tree of a program, as `tgc parse` does: nothing is resolved yet, and every part has its place.
 *
 * @example
 * import { parseSyntax, unwrap } from "tgc";
 *
 * const tree = unwrap(parseSyntax("graph g(x: f32[4]) -> (y: f32[4]) { y = relu(x) }"));
 * console.log(tree.items.map(({ kind }) => kind)); // [ 'graph' ]
 */
export function parseSyntax(text: string, name = usualName): Result<AstModule> {
  const { module, diagnostics } = parseModule({ name, text });
  return diagnostics.length > 0 ? fail(diagnostics) : ok(module);
}

/**
 * Gives the text of a program in canonical layout, as `tgc fmt` does; comments stay.
 *
 * @example
 * import { format, unwrap } from "tgc";
 *
 * console.log(unwrap(format("graph g(x:f32[4])->(y:f32[4]){y=relu( x )}")));
 */
export function format(text: string, name = usualName): Result<string> {
  return formatModule({ name, text });
}

/**
 * Corrects a program by the fixes that its diagnostics offer, as `tgc fmt --fix` does before it lays the text out; what is left is in
 * `diagnostics`.
 *
 * @example
 * import { fix } from "tgc";
 *
 * const { text, fixes, diagnostics } = fix("graph g(x: f32[4]) -> (y: f32[4]) { y = rellu(x) }");
 * console.log(text, fixes.length, diagnostics.length); // ... relu(x) ... 1 0
 */
export function fix(text: string, name = usualName): FixedProgram {
  return fixProgram({ name, text });
}

/**
 * Reads a tile program (`.tile`), as `tgc lower` prints it, and verifies it.
 *
 * @example
 * import { lower, parse, parseTiles, print, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * const text = print(unwrap(lower(graph, { target: "tiny" })).program);
 * console.log(print(unwrap(parseTiles(text))) === text); // true
 */
export function parseTiles(text: string, name = "program.tile"): Result<TileProgram> {
  const read = parseProgram({ name, text }, "tiles");
  return read.ok ? ok(read.value.program as TileProgram) : read;
}

/**
 * Reads assembler text (`.s`), as `tgc compile` prints it. What the stream does is not checked; `checkStream` does that.
 *
 * @example
 * import { compile, parse, parseAsm, print, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * const text = print(unwrap(compile(graph, { target: "tiny" })).program);
 * console.log(print(unwrap(parseAsm(text))) === text); // true
 */
export function parseAsm(text: string, name = "program.s"): Result<Stream> {
  return parseStream({ name, text });
}

/**
 * Reads a binary image, as `tgc disasm` does. With a target, an image that was made for another machine is refused (E0911).
 *
 * @example
 * import { compile, decode, encode, parse, print, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * const stream = unwrap(compile(graph, { target: "tiny" })).program;
 * const image = unwrap(encode(stream));
 * console.log(print(unwrap(decode(image))) === print(stream)); // true
 */
export function decode(image: Uint8Array, options: { readonly target?: TargetChoice } = {}): Result<Stream> {
  if (options.target === undefined) return decodeStream(image);
  const target = resolveTarget(options.target);
  return target.ok ? decodeStream(image, { machine: target.value.machine }) : target;
}
