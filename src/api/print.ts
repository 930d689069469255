// Programs to their texts, and streams to binary images.

import type { Result } from "../../ir-spec/base/result.ts";
import { printGraph } from "../../ir-spec/print-graph.ts";
import { printTileProgram } from "../../ir-spec/print-tile.ts";
import { printStream } from "../../targets/neuron/asm/print-stream.ts";
import { encodeStream } from "../../targets/neuron/encode/encode.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import type { WgslPlan } from "../../targets/webgpu/plan.ts";
import { printWgslPlan } from "../../targets/webgpu/print-plan.ts";
import { normalGraph } from "../diff/normal/normal-graph.ts";
import { normalTileProgram } from "../diff/normal/normal-tile.ts";
import { normalWgsl } from "../diff/normal/normal-wgsl.ts";
import { printNormalStream } from "../diff/stream/normal-stream.ts";
import { isGraph, isPlan, isStream, type Program } from "./stage.ts";
import { resolveTarget, type TargetChoice } from "./target.ts";

export interface PrintOptions {
  /** As it is (`text`), or in the normal form that no order, number or name of a part changes (`normal`, see DIFF.md). */
  readonly form?: "text" | "normal";
}

/**
 * Prints a program of any stage: a graph, a tile program, an instruction stream or a launch plan. The texts of the first three read back
 * to the same value.
 *
 * @example
 * import { parse, print, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[4]) -> (y: f32[4]) { h = x + 1\n y = relu(h) }"));
 * console.log(print(graph), print(graph, { form: "normal" }));
 */
export function print(program: Program | WgslPlan, { form = "text" }: PrintOptions = {}): string {
  const isNormal = form === "normal";
  if (isGraph(program)) return printGraph(isNormal ? normalGraph(program) : program);
  if (isStream(program)) return isNormal ? printNormalStream(program) : printStream(program);
  if (isPlan(program)) return isNormal ? normalWgsl(printWgslPlan(program)) : printWgslPlan(program);
  return printTileProgram(isNormal ? normalTileProgram(program) : program);
}

/**
 * Makes the binary image of a stream, as `tgc asm -o FILE.bin` does. The target is needed where the stream was made for a machine that
 * does not ship.
 *
 * @example
 * import { compile, encode, parse, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { y = relu(x) }"));
 * console.log(unwrap(encode(unwrap(compile(graph)).program)).byteLength);
 */
export function encode(stream: Stream, options: { readonly target?: TargetChoice } = {}): Result<Uint8Array> {
  const target = resolveTarget(options.target, stream.machine);
  return target.ok ? encodeStream(stream, target.value.machine) : target;
}
