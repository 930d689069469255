// What an execution does, worked out once for all executions of an instruction that differ in nothing but addresses in
// HBM: most of a stream's loops come back to the same few tiles on chip.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Problem } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { type ResolvedArgs, roleOf } from "../isa/define.ts";
import { laneUses, type NamedUse } from "../isa/lanes.ts";
import { type StationaryOperands, stationaryOf } from "../isa/stationary.ts";
import type { Argument, Operand } from "../stream.ts";
import type { Access } from "./access.ts";
import { addressValue, affineValue, type Counters, extentValue, flagValue, resolveArguments } from "./evaluate.ts";
import { footprintOf } from "./footprint.ts";
import type { AccessMode } from "./granule-state.ts";
import { limitBytes } from "./legality.ts";
import type { CheckProgram, OperandUse, Site } from "./program.ts";

export interface Prepared {
  /** All that executions of the instruction may differ in. */
  readonly key: readonly number[];
  /** Operands in HBM have address 0. */
  readonly args: ResolvedArgs;
  readonly accesses: readonly Access[];
  /** What the systolic array holds after it, if it loads it. */
  readonly stationary: StationaryOperands | undefined;
  readonly laneUses: readonly NamedUse[];
  /** What the instruction table has said of it, by what the systolic array held; filled in as it is executed. */
  readonly problems: Map<StationaryOperands | undefined, readonly Problem[]>;
}

/** What a site is in. */
interface Around {
  readonly program: CheckProgram;
  readonly machine: Machine;
}

/** More than these are not remembered at a time: of one site, and about so many of all. */
const maxPrepared = 1024;
const maxPreparedOfAll = 2 ** 19;

/** Makes the function that prepares the executions of a site. */
export function makePreparer(site: Site, around: Around): (counters: Counters) => Prepared {
  const parts = varyingParts(site);
  const byHash = new Map<number, Prepared[]>();
  let count = 0;
  const key = parts.map(() => 0);
  const kept = Math.max(1, Math.min(maxPrepared, Math.floor(maxPreparedOfAll / around.program.sites.length)));
  return (counters) => {
    let hash = 0;
    for (let at = 0; at < key.length; at++) {
      const value = parts[at]!(counters);
      key[at] = value;
      hash = (Math.imul(hash, 31) + value) | 0;
    }
    const found = byHash.get(hash)?.find((prepared) => isSame(prepared.key, key));
    if (found !== undefined) return found;
    if (count++ % kept === 0) byHash.clear();
    const prepared = prepare(site, [...key], counters, around);
    byHash.set(hash, [...(byHash.get(hash) ?? []), prepared]);
    return prepared;
  };
}

function isSame(left: readonly number[], right: readonly number[]): boolean {
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

type VaryingPart = (counters: Counters) => number;

/** Numbers that the executions of a site may differ in, but for addresses in HBM. */
function varyingParts({ instruction: { args } }: Site): readonly VaryingPart[] {
  return Object.values(args).flatMap(partsOf);
}

function partsOf(argument: Argument): readonly VaryingPart[] {
  switch (argument.kind) {
    case "operand":
      return operandParts(argument.operand);
    case "flag": {
      const { flag } = argument;
      return typeof flag === "boolean" ? [] : [(counters) => Number(flagValue(flag, counters))];
    }
    case "affine": {
      const { affine } = argument;
      return affine.terms.length === 0 ? [] : [(counters) => affineValue(affine, counters)];
    }
    default:
      return [];
  }
}

function operandParts(operand: Operand): readonly VaryingPart[] {
  const sizes = operand.dims.map(({ size }) => size);
  if (operand.memory !== "hbm") sizes.push(operand.partitions);
  const parts = sizes.flatMap((size): VaryingPart[] =>
    size.limit === undefined ? [] : [(counters) => extentValue(size, counters)],
  );
  const { address, memory } = operand;
  const isFixed = memory === "hbm" || address.base.terms.length + address.rings.length === 0;
  return isFixed ? parts : [...parts, (counters) => addressValue(address, counters)];
}

function prepare(site: Site, key: readonly number[], counters: Counters, { program, machine }: Around): Prepared {
  const args = resolveArguments(site, counters);
  const accesses = site.operands.flatMap((use): Access[] => {
    const operand = args.operands[use.name];
    const footprint = operand === undefined ? undefined : footprintOf(operand);
    if (operand === undefined || footprint === undefined) return [];
    const [modes, elementBytes] = [accessModes(roleOf(site.row, use.name, args), args), dtypeBytes(operand.dtype)];
    const end = limitBytes(operand, program.stream, machine);
    return [{ use, operand, footprint, modes, elementBytes, limitBytes: end }];
  });
  const loads = site.row.weights === "load" && args.operands.src !== undefined;
  const stationary = loads ? stationaryOf(args) : undefined;
  return { key, args, accesses, stationary, laneUses: laneUses(site.row, args, site.unit), problems: new Map() };
}

function accessModes(role: OperandUse["role"], args: ResolvedArgs): readonly AccessMode[] {
  if (role === "modify") return ["read", "write"];
  if (role !== "update") return [role];
  return [args.values.accumulate === true ? "accumulate" : "start"];
}
