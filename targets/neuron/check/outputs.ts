// What must hold at the end: every output is written in full, and so is every state, which others may have destroyed.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { problem } from "../../../ir-spec/base/result.ts";
import { describeRange } from "./describe.ts";
import type { Findings } from "./findings.ts";
import { tensorBytes } from "./hbm-memory.ts";
import type { Memories } from "./memories.ts";
import type { CheckProgram } from "./program.ts";

export function checkOutputs({ stream }: CheckProgram, memories: Memories, findings: Findings): void {
  for (const [id, tensor] of stream.tensors.entries()) {
    if (tensor.role !== "output" && tensor.role !== "state") continue;
    const gaps = findGaps(id, memories);
    if (gaps.missingBytes === 0) continue;
    const elementBytes = dtypeBytes(tensor.dtype);
    const [missing, total] = [gaps.missingBytes / elementBytes, tensorBytes(tensor) / elementBytes];
    const bytes = `bytes ${describeRange(gaps.lowBytes, gaps.endBytes)}`;
    findings.add(`output ${id}`, problem("E0831", { tensor: tensor.name, bytes, missing, total }), tensor);
  }
}

/** How much of a tensor was not written last as that tensor, and the first unbroken run of it. */
function findGaps(id: number, { shadow, tensors }: Memories) {
  const place = tensors[id];
  const gaps = { missingBytes: 0, lowBytes: 0, endBytes: 0 };
  if (place?.region === undefined) return gaps;
  const { region } = place;
  const { unitBytes: granuleBytes } = region;
  const first = place.originBytes / granuleBytes;
  for (let granule = 0; granule < place.totalBytes / granuleBytes; granule++) {
    const state = shadow.stateAt(region, first + granule);
    if (state.contents.length > 0 && state.tensor === id) continue;
    const atBytes = granule * granuleBytes;
    if (gaps.missingBytes === 0) gaps.lowBytes = atBytes;
    if (gaps.missingBytes === 0 || gaps.endBytes === atBytes) gaps.endBytes = atBytes + granuleBytes;
    gaps.missingBytes += granuleBytes;
  }
  return gaps;
}
