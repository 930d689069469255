// Branded dense integers that name things. An id is unique in its owner (graph, tile program, stream), counted from 0
// in order of creation, so that a map from ids is an array.

declare const brand: unique symbol;

export type Id<B extends string> = number & { readonly [brand]: B };

/** A value of a graph; prints as `%3` where the user gave no name. */
export type ValueId = Id<"value">;
/** A node of a graph: its place among them. */
export type NodeId = Id<"node">;
/** A kernel: a fused region of a graph, later one loop nest. */
export type KernelId = Id<"kernel">;
/** A counted loop of a tile program or a stream; prints as `i3`. */
export type LoopId = Id<"loop">;
/** A tensor or tile buffer in a named memory; prints as `b3` where it has no name. */
export type BufferId = Id<"buffer">;
/** A tensor of a stream, in HBM. */
export type TensorId = Id<"tensor">;
/** A semaphore of a stream; prints as `s3`. */
export type SemId = Id<"sem">;
/** A ring register of a stream; prints as `r3`. */
export type RingId = Id<"ring">;

export const valueId = (index: number): ValueId => index as ValueId;
export const nodeId = (index: number): NodeId => index as NodeId;
export const kernelId = (index: number): KernelId => index as KernelId;
export const loopId = (index: number): LoopId => index as LoopId;
export const bufferId = (index: number): BufferId => index as BufferId;
export const tensorId = (index: number): TensorId => index as TensorId;
export const semId = (index: number): SemId => index as SemId;
export const ringId = (index: number): RingId => index as RingId;

/** Whether a number of any kind can be an id. */
export const isId = (index: unknown): boolean => Number.isSafeInteger(index) && (index as number) >= 0;
