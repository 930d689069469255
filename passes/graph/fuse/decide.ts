// Whether a group of kernels is made one: by the time that it takes with one and with several, which is estimated as for schedules.

import { formatNs } from "../../../ir-spec/base/format-numbers.ts";
import type { FusionMode } from "../../../ir-spec/fusion-mode.ts";
import type { Node } from "../../../ir-spec/graph.ts";
import { isChain } from "../../lower/chain/levels.ts";
import type { KernelRegion } from "../../lower/region.ts";
import { makeRemark, type PassEnv, type Remark } from "../../pass.ts";
import { bytesBetween, isCrowded, whyNotWorthwhile } from "./chain-needs.ts";
import { type Group, regionOf } from "./group.ts";
import type { Partition, Unit } from "./partition.ts";
import type { Price } from "./price.ts";

/**
 * One kernel is made where it takes at most so much of what several take. It moves fewer bytes, which kernels beside it need, and the
 * estimate of products leaves out some of their waits, which that of stages does not. Assumed, from perceptrons of 64 to 4096 rows.
 */
const mostShare = 1.15;

/** The same for one that fills half of SBUF: its steps then wait for each other more than the estimate says. Assumed, from layers of GPT-2. */
const mostShareCrowded = 0.8;

const nsPerSecond = 1e9;

/** The same for a product with nodes after it that read its result more than once: the estimate lets all of them overlap with the next tile's
 * product. Assumed, from a polynomial of degree 13 after products of 1024 and 4096 terms. */
const mostShareAfterProduct = 0.9;

export interface Decision {
  readonly isFused: boolean;
  readonly why: string;
}

interface Deciding {
  readonly partition: Partition;
  readonly env: PassEnv;
  readonly mode: FusionMode;
  readonly price: Price;
}

export function decide({ partition, env, mode, price }: Deciding, { units, region }: Group): Decision {
  const { graph } = partition;
  const { machine } = env;
  const parts = units.map((unit) => regionOf(partition, [unit]));
  const isPriceAlone = mode === "forced" || !isChain(region);
  const saving = isPriceAlone ? undefined : whyNotWorthwhile(graph, region, parts);
  if (saving !== undefined) return { isFused: false, why: saving };
  const oneNs = price(units);
  if (oneNs === undefined) return { isFused: false, why: "one kernel does not fit on chip" };
  const share = shareOf(region, isCrowded(graph, region, machine));
  const one = `one kernel takes an estimated ${formatNs(oneNs)}`;
  const leastNs = (bytesBetween(graph, parts) / machine.hbmBytesPerSecond) * nsPerSecond;
  if (oneNs <= share * leastNs)
    return { isFused: true, why: `${one}, ${units.length} take at least ${formatNs(leastNs)}` };
  const separateNs = sumOf(units.map((unit) => price([unit])));
  if (separateNs === undefined) return { isFused: true, why: `${one}, ${units.length} do not fit on chip` };
  const pays = oneNs <= share * separateNs;
  const isFaster = oneNs <= separateNs;
  const but =
    pays && !isFaster ? ", but one moves fewer bytes" : isFaster && !pays ? ", which is too little to be sure" : "";
  return { isFused: mode === "forced" || pays, why: `${one}, ${units.length} take ${formatNs(separateNs)}${but}` };
}

function shareOf(region: KernelRegion, isFull: boolean): number {
  if (!isChain(region)) return mostShareAfterProduct;
  return isFull ? mostShareCrowded : mostShare;
}

function sumOf(times: readonly (number | undefined)[]): number | undefined {
  return times.reduce((sum, ns) => (sum === undefined || ns === undefined ? undefined : sum + ns), 0);
}

/** `fused: "h" and "y": one kernel takes ...` */
export function remarkOn(
  partition: Partition,
  names: readonly string[],
  { units }: Pick<Group, "units">,
  { isFused, why }: Decision,
): Remark {
  const { graph } = partition;
  const lastOf = (unit: Unit): Node => graph.nodes[partition.members(unit).at(-1) as number] as Node;
  const shown = units.map((unit) => `"${names[lastOf(unit).results[0] as number]}"`);
  const list = `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
  const { span } = lastOf(units.at(-1) as Unit);
  return makeRemark(isFused ? "done" : "missed", "fuse", `${isFused ? "fused" : "not fused"}: ${list}: ${why}`, span);
}
