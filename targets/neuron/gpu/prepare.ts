// One execution to pieces of GPU work: checks it, finds its operands' places and lets its rule say the kernel.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { fail, invariant, ok, type Problem, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { GpuLimits } from "../../gpu-host/gpu.ts";
import { isReadOut, reduceCmdOf } from "../isa/accumulators.ts";
import { checkInstruction } from "../isa/check.ts";
import {
  freeSize,
  type InstRow,
  type ResolvedArgs,
  type ResolvedOperand,
  roleOf,
  type UnitName,
} from "../isa/define.ts";
import { type InstName, instDef } from "../isa/index.ts";
import { laneUses } from "../isa/lanes.ts";
import { type StationaryOperands, stationaryOf } from "../isa/stationary.ts";
import {
  columnsLaunch,
  elementsLaunch,
  isRunCopy,
  type Kernels,
  type Launch,
  type LaunchInput,
  rowsLaunch,
  runCopyLaunch,
  scatterLaunch,
} from "./kernel.ts";
import { makeProduct, type Product } from "./matmul.ts";
import type { MemoryMap } from "./memory-map.ts";
import { packedElements } from "./mx-texts.ts";
import { lanePlace, placeOf, stationaryPlace } from "./operand-places.ts";
import { asWords, type DevicePlace, elementRange, mergeDims } from "./places.ts";
import type { AnyRule, RuleInput } from "./rule.ts";
import { ruleOf } from "./rules.ts";
import { copyOf, takeSnapshots } from "./snapshot.ts";
import type { ElementTexts } from "./texts.ts";

/** An operand's place in a kernel's record, and what the kernel does there. `update` leaves some of it as it was. */
export interface Access {
  readonly operand: string;
  readonly place: DevicePlace;
  readonly role: "read" | "write" | "update";
}

type RuleOfKind<K extends AnyRule["kind"]> = Extract<AnyRule, { readonly kind: K }>;
type LaunchRule = RuleOfKind<"columns" | "elements" | "rows">;

/** `accesses` are in the order of the record. Operands that the array holds lie in the first slot. */
export type Work =
  | { readonly kind: "launch"; readonly launch: Launch; readonly accesses: readonly Access[] }
  | { readonly kind: "product"; readonly product: Product };

export interface Execution {
  readonly inst: InstName;
  readonly unit: UnitName;
  readonly args: ResolvedArgs;
  /** What the queue's array holds. */
  readonly stationary: StationaryOperands | undefined;
  /** Where it reports a row that a table does not have. */
  readonly fault: number;
}

/** What all executions share; `kernels` grows in place. */
export interface Preparation {
  readonly machine: Machine;
  readonly map: MemoryMap;
  readonly kernels: Kernels;
  readonly adapter: Pick<GpuLimits, "subgroupSize">;
  /** Engines of which an instruction needs what accumulators hold; those of the others are left out. */
  readonly goesOn: ReadonlySet<UnitName>;
}

/** The work of one execution, in order, or why it is illegal or cannot be done. */
export function prepare(state: Preparation, execution: Execution): Result<readonly Work[], readonly Problem[]> {
  const { inst, unit, stationary } = execution;
  const row = instDef(inst);
  const rule = ownRuleOf(inst, execution.args);
  const args = withStationary(execution.args, row, stationary);
  if (row.weights === "use" && args.operands.stationary === undefined) return fail([problem("E0712", { inst })]);
  const problems = [...checkInstruction(inst, args, unit, state.machine), ...checkTensorBounds(state, inst, args)];
  if (problems.length > 0) return fail(problems);
  switch (rule.kind) {
    case "elements":
    case "rows":
    case "columns":
      return ok(launchWork(state, execution, row, rule));
    case "hold":
      return ok(holdWork(state, execution, row, rule));
    case "product":
      return ok(productWork(state, execution, rule));
    case "control":
      return ok([]);
    default:
      return rule satisfies never;
  }
}

/** Whether a kernel of the instruction may report a row that a table does not have. */
export function canFault(inst: InstName): boolean {
  const rule = ruleOf(inst);
  return (rule.kind === "elements" || rule.kind === "columns") && rule.canFault === true;
}

/** The instruction's rule, or the one that it has where it folds or reads a fold out. */
function ownRuleOf(inst: InstName, args: ResolvedArgs): AnyRule {
  const rule = ruleOf(inst);
  const form = instDef(inst).accumulator;
  if (rule.kind !== "elements" || rule.folding === undefined || form === undefined) return rule;
  return reduceCmdOf(form, args) === "idle" && !isReadOut(form, args) ? rule : rule.folding;
}

function withStationary(args: ResolvedArgs, row: InstRow, stationary: StationaryOperands | undefined): ResolvedArgs {
  if (row.weights !== "use" || stationary === undefined) return args;
  return { ...args, operands: { ...args.operands, ...stationary } };
}

/** On chip the instruction's own check ensures it. */
function checkTensorBounds({ map }: Preparation, inst: InstName, { operands }: ResolvedArgs): readonly Problem[] {
  return Object.entries(operands).flatMap(([name, operand]) => {
    if (operand.memory !== "hbm" || isEmpty(operand)) return [];
    const { offsetBytes, bytes } = map.tensors[operand.tensor]!;
    const size = dtypeBytes(operand.dtype);
    const [first, end] = elementRange(placeOf(name, operand, map)).map((element) => element * size - offsetBytes);
    const found = first! < 0 ? first! : end! - 1;
    if (found >= 0 && found < bytes) return [];
    return [problem("E1004", { operand: name, inst, what: "byte", found, limit: bytes - 1 })];
  });
}

const isEmpty = (operand: ResolvedOperand): boolean => operand.partitions <= 0 || freeSize(operand) <= 0;

/** The places of an instruction's operands and of its lanes' registers, and what it does there. */
function placesOf({ map, machine, goesOn }: Preparation, { args, unit }: Execution, row: InstRow) {
  const places = new Map<string, DevicePlace>();
  const roles = new Map<string, Access["role"]>();
  for (const [name, field] of Object.entries(row.fields)) {
    const operand = args.operands[name];
    if (field.kind !== "operand" || operand === undefined) continue;
    const indices =
      field.indexedBy !== undefined && args.operands[field.indexedBy] !== undefined ? field.indexedBy : undefined;
    places.set(name, { ...placeOf(name, operand, map), ...(indices === undefined ? {} : { indices }) });
    const role = roleOf(row, name, args);
    roles.set(name, role === "read" || role === "write" ? role : "update");
  }
  for (const named of laneUses(row, args, unit)) {
    const { registers, use } = named;
    if (use.leaves === "nothing known" || (registers.name === "accumulator" && !goesOn.has(unit))) continue;
    places.set(registers.name, lanePlace(named, unit, registers.words(unit, machine), map));
    roles.set(registers.name, use.leaves === "what was there" ? "read" : "update");
  }
  return { places, roles };
}

function launchWork(state: Preparation, execution: Execution, row: InstRow, rule: LaunchRule): readonly Work[] {
  const { inst: name, args, unit, fault } = execution;
  const { places: given, roles } = placesOf(state, execution, row);
  const written = new Set([...roles].flatMap(([operand, role]) => (role === "read" ? [] : [operand])));
  if ([...given.values()].some(({ rows, free, name }) => written.has(name) && (rows <= 0 || free <= 0))) return [];
  const isIndirect = [...given.values()].some(({ indices }) => indices !== undefined);
  const asked = rule.kind === "elements" && rule.isCopy && !isIndirect ? copyPlaces(given) : given;
  const readsElsewhere = isIndirect || (rule.kind !== "columns" && rule.readsElsewhere === true);
  const { places, snapshots } = takeSnapshots(asked, written, readsElsewhere);
  const launch = launchOf(state.kernels, rule, { name, places }, { args, unit, fault });
  const copies = snapshots.map((place) => snapshotWork(state, place));
  return [...copies, { kind: "launch", launch, accesses: accessesOf(places, roles) }];
}

/** In the order of the record. */
function accessesOf(
  places: Iterable<[string, DevicePlace]>,
  roles: ReadonlyMap<string, Access["role"]>,
): readonly Access[] {
  return [...places].map(([operand, place]) => ({ operand, place, role: roles.get(operand) ?? "read" }));
}

/** Copies the bits of a place to the second buffer of its memory. */
function snapshotWork({ kernels }: Preparation, place: DevicePlace): Work {
  const places = copyPlaces(
    new Map([
      ["dst", { ...place, name: "dst", memory: copyOf(place.memory) }],
      ["src", { ...place, name: "src" }],
    ]),
  );
  const body = (texts: ElementTexts): string => `  return ${texts.converted("src")};`;
  const target = { name: "snapshot", places };
  const launch = isRunCopy(places) ? runCopyLaunch(kernels, target) : elementsLaunch(kernels, { ...target, body });
  // Both move with the operand that the place is of.
  const accesses = [...places].map(([name, at]): Access => {
    return { operand: place.name, place: at, role: name === "dst" ? "write" : "read" };
  });
  return { kind: "launch", launch, accesses };
}

function launchOf(
  kernels: Kernels,
  rule: LaunchRule,
  target: Omit<LaunchInput, "body">,
  input: RuleInput<ResolvedArgs>,
): Launch {
  switch (rule.kind) {
    case "elements": {
      if (rule.isCopy && isRunCopy(target.places)) return runCopyLaunch(kernels, target);
      const launch = target.places.get("dst")?.indices === undefined ? elementsLaunch : scatterLaunch;
      return launch(kernels, { ...target, body: (texts) => rule.element(texts, input) });
    }
    case "rows":
      return rowsLaunch(kernels, rule.by, { ...target, body: (texts) => rule.row(texts, input) });
    case "columns":
      return columnsLaunch(kernels, { ...target, body: (texts) => rule.element(texts, input) });
    default:
      return rule satisfies never;
  }
}

/** A copy between places of one dtype moves whole words where it can. */
function copyPlaces(places: ReadonlyMap<string, DevicePlace>): ReadonlyMap<string, DevicePlace> {
  const dst = places.get("dst");
  const src = places.get("src");
  const [dstWords, srcWords] = dst?.dtype === src?.dtype ? [dst, src].map((place) => place && asWords(place)) : [];
  if (dstWords === undefined || srcWords === undefined) return places;
  return new Map([
    ["dst", dstWords],
    ["src", srcWords],
  ]);
}

/** Puts what is held from now on into a slot. */
function holdWork(state: Preparation, execution: Execution, row: InstRow, rule: RuleOfKind<"hold">): readonly Work[] {
  const { inst: name, args, unit, fault } = execution;
  const { stationary } = stationaryOf(args);
  if (isEmpty(stationary)) return [];
  const { places: given, roles } = placesOf(state, execution, row);
  const dst = { ...placeOfStationary(state, stationary, rule.rowsPerPartition), name: "dst" };
  const places = new Map([["dst", dst], ...given]);
  const body = (texts: ElementTexts): string => rule.element(texts, { args, unit, fault });
  const launch = elementsLaunch(state.kernels, { name, places, body });
  return [{ kind: "launch", launch, accesses: accessesOf(places, new Map([...roles, ["dst", "write"]])) }];
}

/** Where the elements of an operand are held, so many rows for each of its partitions. */
function placeOfStationary({ map }: Preparation, operand: ResolvedOperand, rowsPerPartition: number): DevicePlace {
  const rows = operand.partitions * rowsPerPartition;
  return stationaryPlace({ rows, free: freeSize(operand) / rowsPerPartition }, map);
}

function productWork(
  state: Preparation,
  { args, stationary }: Execution,
  rule: RuleOfKind<"product">,
): readonly Work[] {
  invariant(stationary !== undefined, "a matmul has a stationary operand");
  const { dst: whole, moving: all, scales: scalesOperand, moving_index: index } = args.operands;
  invariant(whole !== undefined && all !== undefined, "a matmul has a moving operand and a result");
  if (isEmpty(whole)) return [];
  const { form } = rule;
  const place = (name: string, operand: ResolvedOperand): DevicePlace => placeOf(name, operand, state.map);
  const scales = scalesOperand && { place: place("scales", scalesOperand), firstRow: rule.scaleRow?.(args) ?? 0 };
  const onezero = rule.onezero?.(args);
  const stationaryAt = placeOfStationary(state, stationary.stationary, form === "packed" ? packedElements : 1);
  const indices = index && place("moving_index", index);
  const picked = indices === undefined ? {} : { indices: indices.name };
  const tile = rule.tile && { side: rule.tile.side, size: rule.tile.size(args) };
  return tilesOf({ dst: whole, moving: all, stationary: stationaryAt }, tile).map(
    ({ dst, moving, stationary: tile }): Work => {
      const moved = { ...place("moving", moving), ...picked };
      const { kernels, adapter } = state;
      const operands = { dst: place("dst", dst), moving: moved, stationary: tile, form, indices, adapter };
      const more = { ...(scales === undefined ? {} : { scales }), ...(onezero === undefined ? {} : { onezero }) };
      const product = makeProduct(kernels, { ...operands, ...more }, args.values.accumulate === true);
      return { kind: "product", product };
    },
  );
}

interface ProductTile {
  readonly dst: ResolvedOperand;
  readonly moving: ResolvedOperand;
  readonly stationary: DevicePlace;
}

/** The operands of each product: one for all, or one for each tile of so many rows or columns of the array. */
function tilesOf(
  { dst, moving, stationary }: ProductTile,
  tileOf: { readonly side: "rows" | "columns"; readonly size: number } | undefined,
): readonly ProductTile[] {
  if (tileOf === undefined) return [{ dst, moving, stationary }];
  if (tileOf.side === "columns") {
    const columns = tileOf.size;
    return [...new Array(dst.partitions / columns).keys()].map((tile) => ({
      dst: { ...dst, startPartition: dst.startPartition + tile * columns, partitions: columns },
      moving: outerPart(moving, tile),
      stationary: {
        ...stationary,
        base: stationary.base + tile * columns,
        free: columns,
        dims: mergeDims([columns], [1]),
      },
    }));
  }
  const rows = tileOf.size;
  return [...new Array(moving.partitions / rows).keys()].map((tile) => ({
    dst: outerPart(dst, tile),
    moving: { ...moving, startPartition: moving.startPartition + tile * rows, partitions: rows },
    stationary: { ...stationary, base: stationary.base + tile * rows * stationary.rowStride, rows },
  }));
}

/** One step along the outermost free dimension. */
function outerPart(operand: ResolvedOperand, index: number): ResolvedOperand {
  const [stride = 0, ...strides] = operand.strides;
  const addressBytes = operand.addressBytes + index * stride * dtypeBytes(operand.dtype);
  return { ...operand, addressBytes, sizes: operand.sizes.slice(1), strides };
}
