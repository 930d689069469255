// What a kernel of a tile program is but for names and for which tensors it works on: equal for kernels that any plan of time fits alike.

import type { BufferId } from "../../ir-spec/base/ids.ts";
import type { Access, TileKernel, TileProgram } from "../../ir-spec/tile.ts";

/**
 * A text that is equal for kernels that are equal but for their names, those of their loops, the tensors in HBM and where in these they
 * begin, and what they come from: a layer may read its part of the weights of all layers.
 */
export function kernelKey({ body }: TileKernel, { buffers }: TileProgram): string {
  const numbers = { buffer: new Map<number, number>(), loop: new Map<number, number>() };
  const forms: string[] = [];
  const numberOf = (kind: keyof typeof numbers, id: number): number => {
    const known = numbers[kind].get(id);
    if (known !== undefined) return known;
    const number = numbers[kind].size;
    numbers[kind].set(id, number);
    if (kind === "buffer") forms.push(formOf(id as BufferId, buffers));
    return number;
  };
  const firstOffsets = new Map<BufferId, number>();
  const withoutStart = (access: Access): Access => {
    const { buffer, offset } = access;
    if (buffers[buffer]?.memory !== "hbm") return access;
    const first = firstOffsets.get(buffer) ?? offset.constant;
    firstOffsets.set(buffer, first);
    return { ...access, offset: { ...offset, constant: offset.constant - first } };
  };
  const text = JSON.stringify(body, (name, value: unknown) => {
    if (name === "origin") return undefined;
    if (isAccess(value)) return withoutStart(value);
    if (typeof value === "number") return name === "buffer" || name === "loop" ? numberOf(name, value) : value;
    return name === "notFirst" ? (value as readonly number[]).map((loop) => numberOf("loop", loop)) : value;
  });
  return `${text} ${forms.join(" ")}`;
}

function isAccess(value: unknown): value is Access {
  return typeof value === "object" && value !== null && "offset" in value && "partition" in value;
}

function formOf(id: BufferId, buffers: TileProgram["buffers"]): string {
  const { memory, dtype, shape, slots } = buffers[id] ?? { memory: "hbm", dtype: "f32", shape: [], slots: 1 };
  return memory === "hbm" ? `${memory} ${dtype}` : `${memory} ${dtype} ${shape.join("x")} ${slots}`;
}
