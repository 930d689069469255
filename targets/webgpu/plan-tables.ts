// The tables that fill up while a graph is compiled: a buffer for each value, and each module text once.

import type { ValueId } from "../../ir-spec/base/ids.ts";
import { at, type Diagnostic } from "../../ir-spec/base/result.ts";
import { elementCount } from "../../ir-spec/base/tensor.ts";
import { type Graph, typeOf } from "../../ir-spec/graph.ts";
import type { GpuLimits } from "../gpu-host/gpu.ts";
import { wgslTypeOf } from "./dtypes.ts";
import { checkBuffer } from "./kernel.ts";
import { type BufferContent, type PlanBuffer, type WgslModule, type WgslType, wgslElementBytes } from "./plan.ts";

export interface BufferTable {
  /** Gives a value a buffer of its own. */
  readonly define: (value: ValueId, content: BufferContent) => void;
  /** Lets a value are in the buffer of another one. */
  readonly alias: (value: ValueId, other: ValueId) => void;
  /** Adds a buffer that belongs to no value. */
  readonly addScratch: (type: WgslType, elements: number) => number;
  readonly of: (value: ValueId) => number;
  readonly list: () => readonly PlanBuffer[];
  /** One for each value that is too large (E1201). */
  readonly problems: () => readonly Diagnostic[];
}

export interface ModuleTable {
  /** The name of the module with this text; a new one is named after its kernel. */
  readonly nameOf: (kernel: string, wgsl: string) => string;
  readonly list: () => readonly WgslModule[];
}

export function makeBufferTable(graph: Graph, limits: GpuLimits): BufferTable {
  const buffers: PlanBuffer[] = [];
  const problems: Diagnostic[] = [];
  const bufferOf: number[] = [];
  const add = (buffer: PlanBuffer): number => buffers.push(buffer) - 1;
  const of = (value: ValueId): number => bufferOf[value] as number;
  return {
    define: (value, content) => {
      const { dtype, shape } = typeOf(graph, value);
      const elements = elementCount(shape);
      const found = checkBuffer(valueName(graph, value), elements * wgslElementBytes, limits);
      if (found !== undefined) problems.push(at(found, graph.values[value]?.span));
      bufferOf[value] = add({ type: wgslTypeOf(dtype), elements, content });
    },
    alias: (value, other) => {
      bufferOf[value] = of(other);
    },
    addScratch: (type, elements) => add({ type, elements, content: { kind: "scratch" } }),
    of,
    list: () => buffers,
    problems: () => problems,
  };
}

export function makeModuleTable(): ModuleTable {
  const modules = new Map<string, WgslModule>();
  return {
    nameOf: (kernel, wgsl) => {
      const module = modules.get(wgsl) ?? { name: `${kernel}_${modules.size}`, wgsl };
      modules.set(wgsl, module);
      return module.name;
    },
    list: () => [...modules.values()],
  };
}

/** The user's name of a value, or `%3`. */
export function valueName(graph: Graph, value: ValueId): string {
  return graph.values[value]?.name ?? `%${value}`;
}
