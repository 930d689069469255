// One execution to pieces of GPU work: checks it, finds its operands' places and lets its rule say the kernel.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { fail, invariant, ok, type Problem, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { isSet, numberOf, operandOf, textOf } from "../isa/args.ts";
import { checkInstruction } from "../isa/check.ts";
import { freeSize, type InstRow, type ResolvedArgs, type ResolvedOperand } from "../isa/define.ts";
import { generatorWords, lanesOf, useLanes } from "../isa/generators.ts";
import { type HeldOperands, heldBy } from "../isa/held.ts";
import { type InstName, instDef } from "../isa/index.ts";
import { columnsLaunch, elementsLaunch, type Kernels, type Launch, type LaunchInput, rowsLaunch } from "./kernel.ts";
import { makeProduct, type Product, type ProductForm } from "./matmul.ts";
import type { MemoryMap } from "./memory-map.ts";
import { generatorPlace, heldPlace, placeOf } from "./operand-places.ts";
import { asWords, elementRange, mergeDims, type Place } from "./places.ts";
import type { ColumnsRule, ElementsRule, HoldRule, RowsRule, Rule, RuleInput } from "./rule.ts";
import { rules } from "./rules.ts";
import { type Snapshot, takeSnapshots } from "./snapshot.ts";
import type { ElementTexts } from "./texts.ts";
import type { Execution } from "./walk.ts";

export type Work =
  | {
      readonly kind: "launch";
      readonly launch: Launch;
      readonly reads: readonly Place[];
      readonly writes: readonly Place[];
    }
  | { readonly kind: "product"; readonly product: Product }
  | { readonly kind: "snapshot"; readonly snapshot: Snapshot };

/** What could go wrong with a value, and what to say if it does. */
export interface PossibleFault {
  readonly inst: InstName;
  /** The last row of its table. */
  readonly last: number;
}

/** What the array holds: the operands of its load, and its place in a slot. */
interface Held {
  readonly operands: HeldOperands;
  readonly place: Place;
}

/** What goes on from one execution to the next; changed in place. */
export interface Preparation {
  readonly machine: Machine;
  readonly map: MemoryMap;
  readonly kernels: Kernels;
  /** By number in the kernels' records. */
  readonly faults: PossibleFault[];
  /** By queue. */
  readonly held: Map<string, Held>;
  loads: number;
  /** By queue, the lanes whose random generators are set. */
  readonly setLanes: Map<string, Uint8Array>;
}

export function makePreparation(machine: Machine, map: MemoryMap): Preparation {
  return { machine, map, kernels: new Map(), faults: [], held: new Map(), loads: 0, setLanes: new Map() };
}

/** The work of one execution, in order, or why it is illegal or cannot be done. */
export function prepare(state: Preparation, execution: Execution): Result<readonly Work[], readonly Problem[]> {
  const { inst, unit, queue } = execution;
  const row = instDef(inst);
  const rule = ruleOf(inst, execution.args);
  const args = withHeld(execution.args, row, state.held.get(queue));
  if (row.weights === "use" && args.operands.stationary === undefined) return fail([problem("E0712", { inst })]);
  const setLanes = state.setLanes.get(queue) ?? new Uint8Array(state.machine.partitions);
  state.setLanes.set(queue, setLanes);
  const problems = [
    ...checkInstruction(inst, args, unit, state.machine),
    ...checkTensorBounds(state, inst, args),
    ...useLanes(setLanes, inst, row, args),
  ];
  if (problems.length > 0) return fail(problems);
  if (row.weights === "destroy") state.held.delete(queue);
  switch (rule.kind) {
    case "elements":
    case "rows":
    case "columns":
      return ok(launchWork(state, execution, row, rule));
    case "hold":
      return ok(holdWork(state, execution, row, rule));
    case "product":
      return ok(productWork(state, execution, rule.form));
    case "control":
      return ok([]);
    default:
      return rule satisfies never;
  }
}

/** The instruction's rule, or the one that it has for an operand that is there. */
function ruleOf(inst: InstName, { operands }: ResolvedArgs): Rule {
  const rule = rules[inst];
  const having = rule.kind === "elements" ? rule.having : undefined;
  return having !== undefined && operands[having.operand] !== undefined ? having.rule : rule;
}

function withHeld(args: ResolvedArgs, row: InstRow, held: Held | undefined): ResolvedArgs {
  if (row.weights !== "use" || held === undefined) return args;
  return { ...args, operands: { ...args.operands, ...held.operands } };
}

/** On chip the instruction's own check sees to it. */
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

/** The places of an instruction's operands and of its engine's random generators, and which of them it writes. */
function placesOf({ map, machine }: Preparation, { args, unit }: Execution, row: InstRow) {
  const places = new Map<string, Place>();
  const written = new Set<string>();
  for (const [name, field] of Object.entries(row.fields)) {
    const operand = args.operands[name];
    if (field.kind !== "operand" || operand === undefined) continue;
    places.set(name, placeOf(name, operand, map));
    if (field.role !== "read") written.add(name);
  }
  const lanes = lanesOf(row, args);
  if (lanes !== undefined) {
    places.set("state", generatorPlace(lanes, unit, generatorWords(unit, machine), map));
    if (row.generators !== "get") written.add("state");
  }
  return { places, written };
}

function launchWork(
  state: Preparation,
  execution: Execution,
  row: InstRow,
  rule: ColumnsRule | ElementsRule | RowsRule,
): readonly Work[] {
  const { inst: name, args, unit } = execution;
  const { places: given, written } = placesOf(state, execution, row);
  if ([...given.values()].some(({ rows, free, name }) => written.has(name) && (rows <= 0 || free <= 0))) return [];
  const asked = rule.kind === "elements" && rule.isCopy ? copyPlaces(given) : given;
  const { places, snapshots } = takeSnapshots(asked, written, rule.kind !== "columns" && rule.readsElsewhere === true);
  const input = { args, unit, fault: state.faults.length };
  const { table } = args.operands;
  if (rule.kind !== "rows" && rule.canFault && table !== undefined) {
    state.faults.push({ inst: name, last: table.partitions - 1 });
  }
  const launch = launchOf(state.kernels, rule, { name, places }, input);
  const copies = snapshots.map((snapshot): Work => ({ kind: "snapshot", snapshot }));
  return [...copies, workOf(launch, places, written)];
}

function launchOf(
  kernels: Kernels,
  rule: ColumnsRule | ElementsRule | RowsRule,
  target: Omit<LaunchInput, "body">,
  input: RuleInput,
): Launch {
  switch (rule.kind) {
    case "elements":
      return elementsLaunch(kernels, { ...target, body: (texts) => rule.element(texts, input) });
    case "rows":
      return rowsLaunch(kernels, rule.by, { ...target, body: (texts) => rule.row(texts, input) });
    case "columns":
      return columnsLaunch(kernels, { ...target, body: (texts) => rule.element(texts, input) });
    default:
      return rule satisfies never;
  }
}

function workOf(launch: Launch, places: ReadonlyMap<string, Place>, written: ReadonlySet<string>): Work {
  const all = [...places.values()];
  const writes = all.filter(({ name }) => written.has(name));
  return { kind: "launch", launch, reads: all.filter(({ name }) => !written.has(name)), writes };
}

/** A copy between places of one dtype moves whole words where it can. */
function copyPlaces(places: ReadonlyMap<string, Place>): ReadonlyMap<string, Place> {
  const dst = places.get("dst");
  const src = places.get("src");
  const [dstWords, srcWords] = dst?.dtype === src?.dtype ? [dst, src].map((place) => place && asWords(place)) : [];
  if (dstWords === undefined || srcWords === undefined) return places;
  return new Map([
    ["dst", dstWords],
    ["src", srcWords],
  ]);
}

/** Puts what is held from now on into the next slot. */
function holdWork(state: Preparation, execution: Execution, row: InstRow, rule: HoldRule): readonly Work[] {
  const { inst: name, args, unit, queue } = execution;
  const { partitions } = operandOf(args, "src");
  const free = freeSize(operandOf(args, "src")) / rule.rowsPerPartition;
  const slot = state.loads % state.map.held.slots;
  const held = heldPlace(slot, { rows: partitions * rule.rowsPerPartition, free }, state.map);
  state.loads += 1;
  state.held.set(queue, { operands: heldBy(args), place: held });
  if (isEmpty(operandOf(args, "src"))) return [];
  const { places: given } = placesOf(state, execution, row);
  const places = new Map([["dst", { ...held, name: "dst" }], ...given]);
  const body = (texts: ElementTexts): string => rule.element(texts, { args, unit, fault: 0 });
  return [workOf(elementsLaunch(state.kernels, { name, places, body }), places, new Set(["dst"]))];
}

function productWork(state: Preparation, { args, queue }: Execution, form: ProductForm): readonly Work[] {
  const held = state.held.get(queue);
  invariant(held !== undefined, "a matmul has a held operand");
  if (isEmpty(operandOf(args, "dst"))) return [];
  const place = (name: string, operand: ResolvedOperand): Place => placeOf(name, operand, state.map);
  const scales = args.operands.scales && {
    place: place("scales", args.operands.scales),
    firstRow: numberOf(args, "scale_row") ?? 0,
  };
  const onezero = (["moving", "held"] as const).find((side) => side === textOf(args, "onezero"));
  return tilesOf(args, held.place).map(({ dst, moving, held: tile }): Work => {
    const operands = { dst: place("dst", dst), moving: place("moving", moving), held: tile, form };
    const more = { ...(scales === undefined ? {} : { scales }), ...(onezero === undefined ? {} : { onezero }) };
    const product = makeProduct(state.kernels, { ...operands, ...more }, isSet(args, "accumulate"));
    return { kind: "product", product };
  });
}

/** The operands of each product: one for all, or one for each tile of so many rows or columns of the array. */
function tilesOf(args: ResolvedArgs, held: Place) {
  const [dst, moving] = [operandOf(args, "dst"), operandOf(args, "moving")];
  const [rows, columns] = [numberOf(args, "rows"), numberOf(args, "columns")];
  if (columns !== undefined) {
    return [...new Array(dst.partitions / columns).keys()].map((tile) => ({
      dst: { ...dst, startPartition: dst.startPartition + tile * columns, partitions: columns },
      moving: outerPart(moving, tile),
      held: { ...held, base: held.base + tile * columns, free: columns, dims: mergeDims([columns], [1]) },
    }));
  }
  if (rows === undefined) return [{ dst, moving, held }];
  return [...new Array(moving.partitions / rows).keys()].map((tile) => ({
    dst: outerPart(dst, tile),
    moving: { ...moving, startPartition: moving.startPartition + tile * rows, partitions: rows },
    held: { ...held, base: held.base + tile * rows * held.rowStride, rows },
  }));
}

/** One step along the outermost free dimension. */
function outerPart(operand: ResolvedOperand, index: number): ResolvedOperand {
  const [stride = 0, ...strides] = operand.strides;
  const addressBytes = operand.addressBytes + index * stride * dtypeBytes(operand.dtype);
  return { ...operand, addressBytes, sizes: operand.sizes.slice(1), strides };
}
