// Numbers the values of a run: two streams whose outputs have the same numbers compute the same values, whatever the order,
// the addresses and the tokens. Copies keep the numbers of what they copy, and an element of a product depends on one column of
// each operand alone, so that neither the size of transfers nor that of tiles matters; of all other instructions each element of a result
// counts as one of all that the execution reads, unless it depends on what is in its own place alone.
// Source: value numbering, as in Aho, Lam, Sethi and Ullman, Compilers, section 6.1.2, of executions in place of expressions.

import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import { argsIfOf, type ResolvedArgsOf } from "../../../targets/neuron/inst-args.ts";
import { operandOf } from "../../../targets/neuron/isa/args.ts";
import { type ResolvedArgs, type ResolvedOperand, roleOf, type UnitName } from "../../../targets/neuron/isa/define.ts";
import { type InstName, instDef, operandFields } from "../../../targets/neuron/isa/index.ts";
import { makeResolver, type Resolver, resolve } from "../../../targets/neuron/sim/resolve.ts";
import type { Execution } from "../../../targets/neuron/sim/simulate.ts";
import type { Instruction, Stream, StreamTensor } from "../../../targets/neuron/stream.ts";
import { hashText } from "../normal/hash.ts";
import { finish, makeShadow, mix, type Numbers, readNumbers, type Shadow, writeNumbers } from "./shadow.ts";

type Pair = readonly [low: number, high: number];

/** What a numbering holds while the stream runs; changed in place. */
export interface Numbering {
  readonly stream: Stream;
  readonly shadow: Shadow;
  readonly resolvers: Map<Instruction, Resolver>;
  /** What the systolic array holds, and how it was loaded. */
  stationary: { readonly numbers: Numbers; readonly key: Pair } | undefined;
  /** What the lanes of each engine keep from one instruction to the next. */
  readonly lanes: Map<UnitName, Pair>;
}

/** Parameters are numbered by their names, constants by their elements. */
export function makeNumbering(stream: Stream, machine: Machine): Numbering {
  const shadow = makeShadow(stream, machine);
  for (const [index, tensor] of stream.tensors.entries()) fillTensor(shadow, tensor, index);
  return { stream, shadow, resolvers: new Map(), stationary: undefined, lanes: new Map() };
}

function textPair(text: string): Pair {
  const hash = hashText(text);
  return [Number.parseInt(hash.slice(8), 16) | 0, Number.parseInt(hash.slice(0, 8), 16) | 0];
}

function fillTensor(shadow: Shadow, tensor: StreamTensor, index: number): void {
  const { role, dtype, data, name } = tensor;
  if (role === "temp" || role === "output") return;
  const { low, high } = shadow.tensors[index]!;
  const bytes = dtypeBytes(dtype);
  const base = role === "constant" ? textPair("constant") : textPair(`interface ${name}`);
  const bits = new Int32Array(Float64Array.from(data ?? []).buffer);
  for (let byte = 0; byte < low.length; byte += bytes) {
    const element = byte / bytes;
    const at = data?.length === 1 ? 0 : element;
    const [x, y] = role === "constant" ? [bits[2 * at]!, bits[2 * at + 1]!] : [element, 0];
    const first = finish(mix(mix(base[0], x), y));
    const second = finish(mix(mix(base[1], y), x));
    for (let offset = 0; offset < bytes; offset++) {
      low[byte + offset] = first + offset;
      high[byte + offset] = second;
    }
  }
}

const plainProducts = new Set(["matmul"] as const);

/** Numbers what one execution writes. */
export function numberExecution(numbering: Numbering, { inst, unit, registers }: Execution): void {
  const known = numbering.resolvers.get(inst) ?? makeResolver(inst);
  numbering.resolvers.set(inst, known);
  const args = resolve(known, registers);
  const product = argsIfOf(plainProducts, inst.inst, args);
  if (isCopy(inst.inst, args)) copyNumbers(numbering, args);
  else if (isByElement(inst.inst, args)) numberElements(numbering, inst.inst, unit, args);
  else if (product !== undefined && isPlainProduct(numbering, args)) numberProduct(numbering, product);
  else numberAsWhole(numbering, { inst: inst.inst, unit, args });
}

interface NumberedExecution {
  readonly inst: InstName;
  readonly unit: UnitName;
  readonly args: ResolvedArgs;
}

/** What is written counts as computed from all that the execution reads. */
function numberAsWhole(numbering: Numbering, { inst, unit, args }: NumberedExecution): void {
  const row = instDef(inst);
  if (row.weights === "destroy") numbering.stationary = undefined;
  const read = readOperands(numbering, inst, args);
  const isLaned = row.generators !== undefined || row.accumulator !== undefined;
  const lanes = isLaned ? (numbering.lanes.get(unit) ?? textPair("lanes")) : undefined;
  const key = executionKey(inst, unit, args);
  const held = row.weights === "use" ? numbering.stationary : undefined;
  const parts = [...read, ...(held === undefined ? [] : [held.numbers])];
  const hash = hashParts(
    [key, ...(lanes === undefined ? [] : [lanes]), ...(held === undefined ? [] : [held.key])],
    parts,
  );
  if (isLaned) numbering.lanes.set(unit, hash);
  if (row.weights === "load") holdNumbers(numbering, args, { inst, read, key });
  writeAll(numbering, inst, args, hash);
}

/** They copy elements one by one, and convert them where the dtypes differ: all by the same rounding. */
const copyInsts: ReadonlySet<InstName> = new Set<InstName>(["dma_copy", "tensor_copy"]);

function isCopy(inst: InstName, { operands }: ResolvedArgs): boolean {
  const { dst, src } = operands;
  return copyInsts.has(inst) && dst !== undefined && src !== undefined && Object.keys(operands).length === 2;
}

/** Elements keep their numbers; those that get another dtype have the numbers of their conversions. */
function copyNumbers({ shadow }: Numbering, { operands }: ResolvedArgs): void {
  const { dst, src } = operands;
  if (dst === undefined || src === undefined) return;
  const numbers = readNumbers(shadow, src);
  if (dst.dtype === src.dtype) writeNumbers(shadow, dst, numbers);
  else {
    const [x, y] = textPair(`cast ${src.dtype} ${dst.dtype}`);
    const low = numbers.low.map((word, at) => finish(mix(mix(x, word), numbers.high[at]!)));
    const high = numbers.high.map((word, at) => finish(mix(mix(y, word), numbers.low[at]!)));
    writeNumbers(shadow, dst, { ...numbers, low, high });
  }
}

/** Instructions that compute an element from those in its place, and from one for each partition. */
const elementInsts: ReadonlySet<InstName> = new Set<InstName>([
  ...(["activation", "tensor_tensor", "tensor_scalar", "reciprocal"] as const),
]);

/** Whether the one operand that is written is computed so from all the others, and nothing is kept in the engine. */
function isByElement(inst: InstName, { operands, values }: ResolvedArgs): boolean {
  const { dst } = operands;
  if (!elementInsts.has(inst) || dst === undefined) return false;
  if ((values.reduce_cmd ?? "idle") !== "idle" || values.accumulate === true) return false;
  const f = elementsOf(dst);
  return operandFields(inst).every(([name, field]) => {
    const operand = operands[name];
    if (operand === undefined || name === "dst") return true;
    const isPlain = field.role === "read" && !name.endsWith("index") && operand.partitions === dst.partitions;
    return isPlain && (elementsOf(operand) === f || elementsOf(operand) === 1);
  });
}

const elementsOf = ({ sizes }: ResolvedOperand): number => sizes.reduce((count, size) => count * size, 1);

function numberElements({ shadow }: Numbering, inst: InstName, unit: UnitName, args: ResolvedArgs): void {
  const dst = operandOf(args, "dst");
  const names = Object.keys(args.operands).sort();
  const dtypes = names.map((name) => `${name}:${args.operands[name]?.dtype}`);
  const [first, second] = textPair([inst, unit, ...dtypes, ...printValues(args)].join(" "));
  const read = names.flatMap((name) => (name === "dst" ? [] : [readNumbers(shadow, operandOf(args, name))]));
  const f = elementsOf(dst);
  const count = dst.partitions * f;
  const [low, high] = [new Int32Array(count).fill(first), new Int32Array(count).fill(second)];
  for (const numbers of read) {
    for (let at = 0; at < count; at++) {
      const from = numbers.f === f ? at : Math.floor(at / f);
      low[at] = mix(mix(low[at]!, numbers.low[from]!), numbers.high[from]!);
      high[at] = mix(mix(high[at]!, numbers.high[from]!), numbers.low[from]!);
    }
  }
  writeNumbers(shadow, dst, { p: dst.partitions, f, low: low.map(finish), high: high.map(finish) });
}

function printValues({ values }: ResolvedArgs): readonly string[] {
  const names = Object.keys(values).sort();
  return names.map((name) => `${name}=${JSON.stringify(printable(values[name]))}`);
}

/** What the execution is, apart from what it reads. The engine counts too: rows may compute by it. */
function executionKey(inst: InstName, unit: UnitName, args: ResolvedArgs): Pair {
  const { operands } = args;
  const shapes = Object.keys(operands)
    .sort()
    .map((name) => {
      const { dtype, partitions, sizes } = operands[name] as ResolvedOperand;
      return `${name}:${dtype}[${partitions}; ${sizes.reduce((count, size) => count * size, 1)}]`;
    });
  return textPair([inst, unit, ...shapes, ...printValues(args)].join(" "));
}

/** JSON has neither -0 nor infinities. */
function printable(value: ResolvedArgs["values"][string] | undefined): unknown {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  return Array.isArray(value) ? value.map((item) => printable(item)) : value;
}

function readOperands({ shadow }: Numbering, inst: InstName, args: ResolvedArgs): readonly Numbers[] {
  const row = instDef(inst);
  return operandFields(inst).flatMap(([name]): Numbers[] => {
    const operand = args.operands[name];
    if (operand === undefined) return [];
    const role = roleOf(row, name, args);
    const isRead = role === "update" ? args.values.accumulate === true : role !== "write";
    return isRead ? [readNumbers(shadow, operand)] : [];
  });
}

function hashParts(keys: readonly Pair[], parts: readonly Numbers[]): Pair {
  let [x, y] = [1, 2];
  for (const [low, high] of keys) {
    x = mix(mix(x, low), high);
    y = mix(mix(y, high), low);
  }
  for (const { low, high, p, f } of parts) {
    x = mix(mix(x, p), f);
    for (let at = 0; at < low.length; at++) {
      x = mix(mix(x, low[at]!), high[at]!);
      y = mix(mix(y, high[at]!), low[at]!);
    }
  }
  return [finish(x), finish(y)];
}

interface Loaded {
  readonly inst: InstName;
  readonly read: readonly Numbers[];
  readonly key: Pair;
}

/** What is loaded is one number; a plain load keeps those of its elements. */
function holdNumbers(numbering: Numbering, args: ResolvedArgs, { inst, read, key }: Loaded): void {
  const [numbers] = read;
  if (numbers === undefined) return;
  const isPlain = inst === "load_weights" && read.length === 1;
  const [low, high] = hashParts([key], read);
  const whole = { p: 1, f: 1, low: Int32Array.of(low), high: Int32Array.of(high) };
  const dtype = operandOf(args, "src").dtype;
  const plainKey = textPair(`${inst} ${dtype} ${JSON.stringify(args.values)}`);
  numbering.stationary = isPlain ? { numbers, key: plainKey } : { numbers: whole, key: textPair(inst) };
}

/** One number for each column. */
function columnHashes({ p, f, low, high }: Numbers): Numbers {
  const [x, y] = [new Int32Array(f).fill(1), new Int32Array(f).fill(2)];
  for (let row = 0; row < p; row++) {
    for (let column = 0; column < f; column++) {
      const at = row * f + column;
      x[column] = mix(mix(x[column]!, low[at]!), high[at]!);
      y[column] = mix(mix(y[column]!, high[at]!), low[at]!);
    }
  }
  return { p, f, low: x, high: y };
}

function isPlainProduct({ stationary }: Numbering, { operands }: ResolvedArgs): boolean {
  const { dst } = operands;
  return stationary !== undefined && stationary.numbers.f === dst?.partitions && Object.keys(operands).length === 2;
}

/** `dst[i, j]` depends on column i of the stationary operand, on column j of the moving one, and on what it is added to. */
function numberProduct({ shadow, stationary }: Numbering, args: ResolvedArgsOf<"matmul">): void {
  const { dst, moving } = args.operands;
  if (stationary === undefined) return;
  const left = columnHashes(stationary.numbers);
  const right = columnHashes(readNumbers(shadow, moving));
  const values = JSON.stringify({ ...args.values, accumulate: null });
  const key = textPair(`product ${left.p} ${dst.dtype} ${moving.dtype} ${stationary.key.join()} ${values}`);
  const before = args.values.accumulate ? readNumbers(shadow, dst) : undefined;
  const [low, high] = [new Int32Array(left.f * right.f), new Int32Array(left.f * right.f)];
  for (let i = 0, at = 0; i < left.f; i++) {
    const x = mix(mix(key[0], left.low[i]!), left.high[i]!);
    const y = mix(mix(key[1], left.high[i]!), left.low[i]!);
    for (let j = 0; j < right.f; j++, at++) {
      const sumLow = before === undefined ? x : mix(mix(x, before.low[at]!), before.high[at]!);
      const sumHigh = before === undefined ? y : mix(mix(y, before.high[at]!), before.low[at]!);
      low[at] = finish(mix(mix(sumLow, right.low[j]!), right.high[j]!));
      high[at] = finish(mix(mix(sumHigh, right.high[j]!), right.low[j]!));
    }
  }
  writeNumbers(shadow, dst, { p: left.f, f: right.f, low, high });
}

/** Each element of what is written gets a number of the execution, of the operand and of its place. */
function writeAll({ shadow }: Numbering, inst: InstName, args: ResolvedArgs, [x, y]: Pair): void {
  for (const [index, [name, field]] of operandFields(inst).entries()) {
    const operand = args.operands[name];
    if (operand === undefined || field.role === "read") continue;
    const count = operand.partitions * operand.sizes.reduce((product, size) => product * size, 1);
    const [low, high] = [new Int32Array(count), new Int32Array(count)];
    for (let at = 0; at < count; at++) {
      low[at] = finish(mix(mix(x, index), at));
      high[at] = finish(mix(mix(y, index), at));
    }
    writeNumbers(shadow, operand, { p: operand.partitions, f: count, low, high });
  }
}

/** The numbers of what the stream gives, by name. */
export function outputNumbers({ stream, shadow }: Numbering): ReadonlyMap<string, Pair> {
  return new Map(
    stream.tensors.flatMap(({ name, role, dtype }, index) => {
      if (role !== "output" && role !== "state") return [];
      const { low, high } = shadow.tensors[index]!;
      const bytes = dtypeBytes(dtype);
      let [x, y] = [1, 2];
      for (let byte = 0; byte < low.length; byte += bytes) {
        x = mix(mix(x, low[byte]!), high[byte]!);
        y = mix(mix(y, high[byte]!), low[byte]!);
      }
      return [[name, [finish(x), finish(y)] as const]];
    }),
  );
}
