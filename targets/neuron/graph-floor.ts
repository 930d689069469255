// The time below which no program for a graph can be on a machine, however the graph is fused and tiled: the array's time for its
// products, the scalar engine's for its functions, and the time of the bytes that must move; to each of which the launch is added.

import { dtypeBytes } from "../../ir-spec/base/dtype.ts";
import type { Machine } from "../../ir-spec/machine.ts";
import { factsOf, isKind, opNames } from "../../ir-spec/ops/index.ts";
import type { GraphWork, ProductWork } from "../../passes/analysis/graph-work.ts";
import { dmaBytesPerSecond } from "./machines/facts.ts";

const nsPerSecond = 1e9;

export interface GraphFloor {
  /** Which of the parts is the largest. */
  readonly kind: "pe" | "act" | "dma";
  /** The largest part with launch, end, the first load and the last store. */
  readonly ns: number;
  readonly launchNs: number;
  readonly partsNs: { readonly pe: number; readonly act: number; readonly dma: number };
}

export function graphFloor(work: GraphWork, machine: Machine): GraphFloor {
  const partsNs = {
    pe: productsNs(work.products, machine),
    act: functionsNs(work, machine),
    dma: bytesNs(work, machine),
  };
  const kind = (["pe", "act", "dma"] as const).reduce((largest, part) =>
    partsNs[part] > partsNs[largest] ? part : largest,
  );
  const launchNs = machine.programStartNs + machine.programEndNs + machine.dmaStartNs + machine.dmaFinishNs;
  return { kind, ns: partsNs[kind] + launchNs, launchNs, partsNs };
}

function productsNs(products: readonly ProductWork[], machine: Machine): number {
  const cycles = products.map((product) => productCycles(product, machine)).reduce((sum, each) => sum + each, 0);
  return (cycles / machine.peClockHz) * nsPerSecond;
}

/**
 * A product of the array costs the columns that move through it and a few cycles, whatever part of it works; what is contracted
 * and what is held come in whole sub-tiles. The better of the two operands moves. Where more than a box of a product is needed, all of
 * it takes the time of an array that is full at least.
 */
function productCycles({ m, n, k, batch, share, multiplyAdds, dtype }: ProductWork, machine: Machine): number {
  const widest = machine.peMovingColumns * machine.peResultBanks;
  const factor =
    dtypeBytes(dtype) >= 4 ? machine.peF32Factor : dtypeBytes(dtype) === 1 && machine.peDoubleRow !== 0 ? 0.5 : 1;
  const streamed = (held: number, moving: number): number => {
    const arrays = roundUp(held, machine.peTileColumns) / machine.peColumns;
    return arrays * (factor * moving + machine.peOverheadCycles * Math.ceil(moving / widest));
  };
  const passes = roundUp(k, machine.peTileRows) / machine.peRows;
  const boxed = batch * share * passes * Math.min(streamed(m, n), streamed(n, m));
  return Math.max(boxed, (factor * multiplyAdds) / (machine.peRows * machine.peColumns));
}

function roundUp(count: number, step: number): number {
  return Math.ceil(count / step) * step;
}

/**
 * Ops that only a table of functions has, and so the scalar engine; roots and powers run elsewhere, too. Where the vector engine
 * has an exponential, both share it.
 */
const tabled = opNames.filter((op) => isKind(op, "elementwise")).filter((op) => factsOf(op).isTranscendental);

function functionsNs({ elements }: GraphWork, machine: Machine): number {
  const seconds = tabled.map((op) => {
    const shared = op === "exp" ? machine.dveClockHz * machine.dveExponentialRate : 0;
    return (elements.get(op) ?? 0) / (machine.partitions * (machine.actClockHz + shared));
  });
  return seconds.reduce((sum, each) => sum + each, 0) * nsPerSecond;
}

/** HBM reads and writes a byte that is copied within it; the DMA engines, which may be the slower ones, move it once. */
function bytesNs({ readBytes, writeBytes, copiedBytes }: GraphWork, machine: Machine): number {
  const movedBytes = Math.max(writeBytes, readBytes + writeBytes - copiedBytes);
  const hbmSeconds = (readBytes + writeBytes) / machine.hbmBytesPerSecond;
  return Math.max(hbmSeconds, movedBytes / dmaBytesPerSecond(machine)) * nsPerSecond;
}
