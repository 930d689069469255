// The library on Node: the functions that the command calls, for use in programs.

import type { GpuHost } from "../targets/gpu-host/gpu.ts";
import { makeNodeGpuHost } from "../targets/gpu-host/node.ts";

export * from "./api/index.ts";

/**
 * Gives a way to a GPU, for `run` and `check`: a child process that starts when first asked, which takes a hardware adapter or SwiftShader
 * from the optional packages. It keeps the process alive until it is closed.
 *
 * @example
 * import { openGpu, parse, run, unwrap } from "tgc";
 *
 * const graph = unwrap(parse("graph g(x: f32[4]) -> (y: f32[4]) { y = relu(x) }"));
 * const gpu = openGpu();
 * const ran = await run(graph, { on: "webgpu", gpu });
 * console.log(ran.ok ? ran.value.adapter : "no WebGPU here");
 * await gpu.close();
 */
export function openGpu(): GpuHost {
  return makeNodeGpuHost();
}
