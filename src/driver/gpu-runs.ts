// What a check and a task run on a GPU, whoever does it: a host in this thread, or another thread that has one.

import type { Tensor } from "../../ir-spec/base/tensor.ts";
import type { Graph } from "../../ir-spec/graph.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import type { GpuHost } from "../../targets/gpu-host/gpu.ts";
import { type GpuStreamRun, runStreamOnGpu } from "../../targets/neuron/gpu/run.ts";
import type { Stream } from "../../targets/neuron/stream.ts";
import { type GpuRun, runGraphOnGpu } from "../../targets/webgpu/run.ts";

type Tensors = ReadonlyMap<string, Tensor>;

/** Runs come one after the other, in the order in which they are asked for, so that a device holds the tensors of one of them. */
export interface GpuRuns {
  /** A graph that the passes for WebGPU have prepared. */
  readonly graph: (graph: Graph, inputs: Tensors) => Promise<GpuRun>;
  /** A stream that is proven right. */
  readonly stream: (stream: Stream, machine: Machine, inputs: Tensors) => Promise<GpuStreamRun>;
}

/** On a host, in this thread. */
export function runsOn(host: GpuHost): GpuRuns {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = last.then(action);
    // The one who asked gets what it throws; the next run has nothing to do with it.
    last = result.catch(() => undefined);
    return result;
  };
  return {
    graph: (graph, inputs) => inTurn(() => runGraphOnGpu(graph, inputs, host)),
    stream: (stream, machine, inputs) => inTurn(() => runStreamOnGpu(stream, machine, inputs, { host })),
  };
}
