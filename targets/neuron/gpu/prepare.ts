// One execution to pieces of GPU work: checks it, finds its operands' places and lets its rule say the kernel.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { fail, invariant, ok, type Problem, problem, type Result } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { isSet, numberOf, operandOf } from "../isa/args.ts";
import { checkInstruction } from "../isa/check.ts";
import { freeSize, type InstRow, type ResolvedArgs, type ResolvedOperand, type UnitName } from "../isa/define.ts";
import { type InstName, instDef } from "../isa/index.ts";
import { columnsLaunch, elementsLaunch, type Kernels, type Launch, type LaunchInput, rowsLaunch } from "./kernel.ts";
import { makeProduct, type Product } from "./matmul.ts";
import type { MemoryMap } from "./memory-map.ts";
import { heldPlace, placeOf } from "./operand-places.ts";
import { asWords, elementRange, type Place } from "./places.ts";
import type { ColumnsRule, ElementsRule, RowsRule, Rule, RuleInput } from "./rule.ts";
import { rules } from "./rules.ts";
import { copyOf, takeSnapshots } from "./snapshot.ts";

/** An operand's place in a kernel's record, and what the kernel does there. `update` leaves some of it as it was. */
export interface Access {
  readonly operand: string;
  readonly place: Place;
  readonly role: "read" | "write" | "update";
}

/** `accesses` are in the order of the record. Operands that the array holds lie in the first slot. */
export type Work =
  | { readonly kind: "launch"; readonly launch: Launch; readonly accesses: readonly Access[] }
  | { readonly kind: "product"; readonly product: Product };

export interface Execution {
  readonly inst: InstName;
  readonly unit: UnitName;
  readonly args: ResolvedArgs;
  /** The operand that the queue's array holds. */
  readonly held: ResolvedOperand | undefined;
  /** Where it reports a row that a table does not have. */
  readonly fault: number;
}

/** What all executions share; `kernels` grows in place. */
export interface Preparation {
  readonly machine: Machine;
  readonly map: MemoryMap;
  readonly kernels: Kernels;
}

/** The work of one execution, in order, or why it is illegal or cannot be done. */
export function prepare(state: Preparation, execution: Execution): Result<readonly Work[], readonly Problem[]> {
  const { inst, unit, held } = execution;
  const row = instDef(inst);
  const rule = ruleOf(inst, execution.args);
  const args = withHeld(execution.args, row, held);
  if (row.weights === "use" && args.operands.stationary === undefined) return fail([problem("E0712", { inst })]);
  const problems = [...checkInstruction(inst, args, unit, state.machine), ...checkTensorBounds(state, inst, args)];
  if (problems.length > 0) return fail(problems);
  switch (rule.kind) {
    case "elements":
    case "rows":
    case "columns":
      return ok(launchWork(state, execution, row, rule));
    case "hold":
      return ok(holdWork(state, execution));
    case "product":
      return ok(productWork(state, execution, rule.halves));
    case "control":
      return ok([]);
    case "unsupported":
      return fail([problem("E1009", { inst })]);
    default:
      return rule satisfies never;
  }
}

/** Whether a kernel of the instruction may report a row that a table does not have. */
export function canFault(inst: InstName): boolean {
  const rule = rules[inst];
  return (rule.kind === "elements" || rule.kind === "columns") && rule.canFault === true;
}

/** The instruction's rule, or the one that it has for an operand that is there. */
function ruleOf(inst: InstName, { operands }: ResolvedArgs): Rule {
  const rule = rules[inst];
  const having = rule.kind === "elements" ? rule.having : undefined;
  return having !== undefined && operands[having.operand] !== undefined ? having.rule : rule;
}

function withHeld(args: ResolvedArgs, row: InstRow, held: ResolvedOperand | undefined): ResolvedArgs {
  if (row.weights !== "use" || held === undefined) return args;
  return { ...args, operands: { ...args.operands, stationary: held } };
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

/** The places of an instruction's operands, and what it does there. */
function placesOf({ map }: Preparation, { args }: Execution, row: InstRow) {
  const places = new Map<string, Place>();
  const roles = new Map<string, Access["role"]>();
  for (const [name, field] of Object.entries(row.fields)) {
    const operand = args.operands[name];
    if (field.kind !== "operand" || operand === undefined) continue;
    places.set(name, placeOf(name, operand, map));
    roles.set(name, field.role === "read" || field.role === "write" ? field.role : "update");
  }
  return { places, roles };
}

function launchWork(
  state: Preparation,
  execution: Execution,
  row: InstRow,
  rule: ColumnsRule | ElementsRule | RowsRule,
): readonly Work[] {
  const { inst: name, args, unit, fault } = execution;
  const { places: given, roles } = placesOf(state, execution, row);
  const written = new Set([...roles].flatMap(([operand, role]) => (role === "read" ? [] : [operand])));
  if ([...written].some((operand) => isEmpty(operandOf(args, operand)))) return [];
  const asked = rule.kind === "elements" && rule.isCopy ? copyPlaces(given) : given;
  const { places, snapshots } = takeSnapshots(asked, written, rule.kind === "elements" && rule.readsElsewhere === true);
  const launch = launchOf(state.kernels, rule, { name, places }, { args, unit, fault });
  const accesses = [...places].map(([operand, place]) => ({ operand, place, role: roles.get(operand) ?? "read" }));
  return [...snapshots.map((place) => snapshotWork(state, place)), { kind: "launch", launch, accesses }];
}

/** Copies a place to the second buffer of its memory. */
function snapshotWork(state: Preparation, place: Place): Work {
  const copy = { ...place, memory: copyOf(place.memory) };
  return copyWork(state, "snapshot", place.name, [copy, place]);
}

/** Copies the bits of an operand's elements from one place to another. */
function copyWork(
  { kernels }: Preparation,
  name: string,
  operand: string,
  [dst, src]: readonly [dst: Place, src: Place],
): Work {
  const places = copyPlaces(
    new Map([
      ["dst", { ...dst, name: "dst" }],
      ["src", { ...src, name: "src" }],
    ]),
  );
  const launch = elementsLaunch(kernels, { name, places, body: (texts) => `  return ${texts.converted("src")};` });
  const roles = { dst: "write", src: "read" } as const;
  const accesses = (["dst", "src"] as const).map((role) => ({
    operand,
    place: places.get(role) ?? dst,
    role: roles[role],
  }));
  return { kind: "launch", launch, accesses };
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

/** Copies the operand into a slot, since it is the array's from now on. */
function holdWork(state: Preparation, { inst, args }: Execution): readonly Work[] {
  const operand = operandOf(args, "src");
  if (isEmpty(operand)) return [];
  const dst = heldPlace("dst", operand, state.map);
  return [copyWork(state, inst, "src", [dst, placeOf("src", operand, state.map)])];
}

function productWork(state: Preparation, { args, held }: Execution, halves: 1 | 2): readonly Work[] {
  invariant(held !== undefined, "a matmul has a held operand");
  if (isEmpty(operandOf(args, "dst"))) return [];
  return tilesOf(args, held, state.map).map(({ dst, moving, stationary }): Work => {
    const operands = { dst: placeOf("dst", dst, state.map), moving: placeOf("moving", moving, state.map), halves };
    const product = makeProduct(state.kernels, { ...operands, held: stationary }, isSet(args, "accumulate"));
    return { kind: "product", product };
  });
}

/** The operands of each product: one for all rows, or with `rows` one for each tile of so many. */
function tilesOf(args: ResolvedArgs, held: ResolvedOperand, map: MemoryMap) {
  const [dst, moving] = [operandOf(args, "dst"), operandOf(args, "moving")];
  const rows = numberOf(args, "rows");
  const all = heldPlace("held", held, map);
  if (rows === undefined) return [{ dst, moving, stationary: all }];
  const [tileStride = 0, ...strides] = dst.strides;
  const tileBytes = tileStride * dtypeBytes(dst.dtype);
  return [...new Array(moving.partitions / rows).keys()].map((tile) => ({
    dst: { ...dst, addressBytes: dst.addressBytes + tile * tileBytes, sizes: dst.sizes.slice(1), strides },
    moving: { ...moving, startPartition: moving.startPartition + tile * rows, partitions: rows },
    stationary: { ...all, base: all.base + tile * rows * all.rowStride, rows },
  }));
}
