// Chains: products and row-wise kernels around them become one kernel, so that the rows between them never leave the chip. Whether
// that is an attention, a perceptron, or a norm in front of the products that read it does not matter.
//
// Method: from each kernel, in order, the kernels that read what it makes are added as long as all of them can be one; then the
// largest of these groups that pays is made.

import type { ValueId } from "../../../ir-spec/base/ids.ts";
import type { FusionMode } from "../../../ir-spec/fusion-mode.ts";
import type { Node, NodeOf } from "../../../ir-spec/graph.ts";
import { classify } from "../../lower/classify.ts";
import type { KernelRegion } from "../../lower/region.ts";
import type { PassEnv, Remark } from "../../pass.ts";
import { whyNoRoom } from "./chain-needs.ts";
import { type Decision, decide, remarkOn } from "./decide.ts";
import { isIndex } from "./epilogue.ts";
import { type Group, regionOf } from "./group.ts";
import type { Partition, Unit } from "./partition.ts";
import { makePrice, onceForEqual, type Price } from "./price.ts";

export interface ChainChoice {
  readonly env: PassEnv;
  readonly mode: FusionMode;
}

interface Growing extends ChainChoice {
  readonly partition: Partition;
  readonly price: Price;
  /** Why some units have no room on chip as one chain. */
  readonly whyNoRoom: (units: readonly Unit[]) => string | undefined;
  /** The printed names of values. */
  readonly names: readonly string[];
}

/** Groups are priced from the largest one on, at most so many. Assumed: smaller ones are found from the kernels that are left. */
const mostPriced = 3;

/**
 * Larger groups are not made: to price one it is lowered with every schedule in question, which takes seconds for thousands of nodes.
 * Assumed: chains of transformers have at most some fifty.
 */
const mostNodes = 200;

/** Merges products with the kernels around them, as far as that pays or where it is forced. */
export function growChains(partition: Partition, names: readonly string[], choice: ChainChoice): readonly Remark[] {
  const { kernelsNs, machine } = choice.env;
  const price = makePrice(partition, kernelsNs);
  const roomOf = (units: readonly Unit[]) => whyNoRoom(partition.graph, regionOf(partition, units), machine);
  const growing = { ...choice, partition, names, price, whyNoRoom: onceForEqual(partition, roomOf) };
  return partition.units().flatMap((unit) => (partition.unitOf(unit) === unit ? growChain(growing, unit) : []));
}

function growChain(growing: Growing, seed: Unit): readonly Remark[] {
  const { partition, names } = growing;
  const { groups, whyStopped } = groupsFrom(growing, seed);
  const [largest] = groups;
  if (largest === undefined) return whyStopped;
  let first: Decision | undefined;
  for (const group of groups.slice(0, mostPriced)) {
    const decision = decide(growing, group);
    if (decision.isFused) {
      const remark = remarkOn(partition, names, group, decision);
      mergeAll(partition, group.units);
      return [remark];
    }
    first ??= decision;
  }
  return first === undefined ? [] : [remarkOn(partition, names, largest, first)];
}

interface Groups {
  /** The largest one first. */
  readonly groups: readonly Group[];
  /** Why there is none. */
  readonly whyStopped: readonly Remark[];
}

/** All groups that grow from a unit. */
function groupsFrom(growing: Growing, seed: Unit): Groups {
  const { partition, names } = growing;
  const groups: Group[] = [];
  const whyStopped: Remark[] = [];
  let units: readonly Unit[] = canGrow(partition, seed) ? [seed] : [];
  for (let isDone = units.length === 0; !isDone; ) {
    isDone = true;
    for (const unit of neighbours(partition, units)) {
      const region = regionOf(partition, [...units, unit]);
      const why = whyNoGroup(growing, [...units, unit], region);
      if (why === undefined) {
        units = [...units, unit];
        if (!endsBeforeProduct(partition, units)) groups.unshift({ units, region });
        isDone = false;
        break;
      }
      const longer = why === "illegal" ? undefined : withProduct(growing, [...units, unit]);
      if (longer !== undefined) {
        units = longer.units;
        groups.unshift(longer);
        isDone = false;
        break;
      }
      const group = { units: [...units, unit], region };
      if (why !== "illegal") whyStopped.push(remarkOn(partition, names, group, { isFused: false, why }));
    }
  }
  return { groups, whyStopped: whyStopped.slice(0, 1) };
}

/** Units whose rows have no room, with the product that contracts them, where they can come in blocks so. */
function withProduct(growing: Growing, units: readonly Unit[]): Group | undefined {
  const { partition } = growing;
  if (!endsBeforeProduct(partition, units)) return undefined;
  const readers = partition.readingUnits(units.at(-1) as Unit).filter((unit) => !units.includes(unit));
  const longer = readers
    .filter((unit) => canGrow(partition, unit))
    .map((unit) => ({ units: [...units, unit], region: regionOf(partition, [...units, unit]) }));
  return longer.find((group) => whyNoGroup(growing, group.units, group.region) === undefined);
}

/** What can be part of a chain. */
function canGrow(partition: Partition, unit: Unit): boolean {
  const role = partition.roles[unit];
  return role === "contraction" || (role === "rows" && partition.factsOf(unit).areRows);
}

/** Kernels that read what a group makes, or a product's left operand with it, in order; not both at once are one with it. */
function neighbours(partition: Partition, units: readonly Unit[]): readonly Unit[] {
  const found = new Set(units.flatMap((unit) => [...partition.readingUnits(unit), ...siblings(partition, unit)]));
  return [...found].filter((unit) => !units.includes(unit) && canGrow(partition, unit)).toSorted(byPlace(partition));
}

/** Units whose products contract the same operand as those of a unit. */
function siblings(partition: Partition, unit: Unit): readonly Unit[] {
  const { graph } = partition;
  return productsOf(partition, unit).flatMap(({ operands: [lhs] }) => {
    const readers = partition.readersOf(lhs as ValueId).filter((reader) => {
      const { op, operands } = graph.nodes[reader] as Node;
      return op === "matmul" && operands[0] === lhs;
    });
    return readers.map(partition.unitOf);
  });
}

const byPlace =
  (partition: Partition) =>
  (a: Unit, b: Unit): number =>
    (partition.members(a)[0] as number) - (partition.members(b)[0] as number);

function whyNoGroup(growing: Growing, units: readonly Unit[], region: KernelRegion): "illegal" | string | undefined {
  const { partition } = growing;
  const { graph } = partition;
  const nodes = region.nodes.length;
  if (nodes > mostNodes) return `one kernel would be of ${nodes} ops, more than the ${mostNodes} that are priced`;
  const kind = classify(graph, region);
  if (!kind.ok || (kind.value !== "chain" && kind.value !== "contract")) return "illegal";
  if (!partition.canMergeAll(new Set(units))) return "illegal";
  if (kind.value === "chain") return growing.whyNoRoom(units);
  const readsIndex = region.nodes.some(({ operands }) => operands.some((operand) => isIndex(partition, operand)));
  return readsIndex ? "illegal" : undefined;
}

/** Whether the last unit of a group makes rows for a product outside: they are better off in the kernel of that one. */
function endsBeforeProduct(partition: Partition, units: readonly Unit[]): boolean {
  const last = units.at(-1) as Unit;
  const readers = partition.readingUnits(last).filter((unit) => !units.includes(unit));
  return partition.roles[last] === "rows" && readers.some((unit) => partition.roles[unit] === "contraction");
}

/** The kernel has the name of the last product's. */
function mergeAll(partition: Partition, units: readonly Unit[]): void {
  const last = units.findLast((unit) => partition.roles[unit] === "contraction") as Unit;
  for (const unit of units) if (unit !== last) partition.merge(last, unit);
}

function productsOf(partition: Partition, unit: Unit): readonly NodeOf<"matmul">[] {
  if (partition.roles[unit] !== "contraction") return [];
  const nodes = partition.members(unit).map((index) => partition.graph.nodes[index] as Node);
  return nodes.filter((node) => node.op === "matmul");
}
