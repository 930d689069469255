// Loads of stationary operands that stay the same in a loop move in front of it: the array keeps its weights until it is
// given others.
//
//     for v { load_weights w; matmul m[v] }   ->   load_weights w; for v { matmul m[v] }

import type { Affine, Extent } from "../../../ir-spec/affine.ts";
import type { LoopId } from "../../../ir-spec/base/ids.ts";
import type { Operand } from "../stream.ts";
import type { PlacedInst, PlacedLoop, PlacedNode } from "./placed.ts";

export function hoistWeights(body: readonly PlacedNode[]): readonly PlacedNode[] {
  return body.flatMap((node): readonly PlacedNode[] => {
    if (node.kind === "inst") return [node];
    const inner: PlacedLoop = { ...node, body: hoistWeights(node.body) };
    const weights = soleWeights(inner);
    if (weights === undefined || !staysSame(weights, inner)) return [inner];
    return [
      { ...weights, stage: inner.stage },
      { ...inner, body: inner.body.filter((child) => child !== weights) },
    ];
  });
}

/** The loop's only load of weights, where no other instruction of the array changes what it holds. */
function soleWeights(loop: PlacedLoop): PlacedInst | undefined {
  const onArray = instsOf(loop.body).filter((node) => node.queue === "pe");
  const loads = onArray.filter((node) => node.inst.inst !== "matmul");
  const [only] = loads;
  if (loads.length !== 1 || only?.inst.inst !== "load_weights") return undefined;
  return loop.body.includes(only) && onArray[0] === only ? only : undefined;
}

function instsOf(body: readonly PlacedNode[]): readonly PlacedInst[] {
  return body.flatMap((node) => (node.kind === "inst" ? [node] : instsOf(node.body)));
}

function staysSame(weights: PlacedInst, loop: PlacedLoop): boolean {
  const source = weights.inst.args.src;
  if (source?.kind !== "operand") return false;
  const isWritten = instsOf(loop.body).some((node) => node.writes.some((buffer) => weights.reads.includes(buffer)));
  const isOwn = weights.reads.some((buffer) => loop.owns.includes(buffer));
  return !isWritten && !isOwn && !dependsOn(source.operand, loop.loop);
}

function dependsOn(operand: Operand, loop: LoopId): boolean {
  const inAffine = (affine: Affine | undefined): boolean => affine?.terms.some((term) => term.loop === loop) ?? false;
  const inExtent = (extent: Extent): boolean => inAffine(extent.limit);
  const rows = operand.memory === "hbm" ? false : inExtent(operand.partitions);
  return inAffine(operand.address.base) || rows || operand.dims.some((dim) => inExtent(dim.size));
}
