// The executions of a stream, in an order that its tokens allow: queues that load run as far ahead as they may, so that what is
// overwritten too early is. Memory is bytes by their addresses; nothing is known of buffers, slots and stages.
import { type Affine, evalAffine, evalExtent, evalFlag } from "../../../ir-spec/affine.ts";
import { dtypeBytes } from "../../../ir-spec/base/dtype.ts";
import { elementCount } from "../../../ir-spec/base/tensor.ts";
import { tileOpDef, tileOpNames } from "../../../ir-spec/tile-ops/index.ts";
import { choicesOf } from "../../../targets/neuron/compile/select.ts";
import type { Instruction, Operand, Stream, StreamItem, StreamTensor } from "../../../targets/neuron/stream.ts";
import { count, countResult, type Executions, givenTag, tagOf, type Visit, writtenTag } from "./tags.ts";

/** The tile op of an instruction, and its operands by their fields. */
interface Meaning {
  readonly op: (typeof tileOpNames)[number];
  readonly operands: Readonly<Record<string, string>>;
}

const meanings: ReadonlyMap<string, Meaning> = new Map(
  tileOpNames.flatMap((op) => choicesOf(op).map(({ inst, operands }): [string, Meaning] => [inst, { op, operands }])),
);

interface Queue {
  readonly steps: Iterator<Step>;
  next: IteratorResult<Step>;
  /** What the array holds. */
  stationary: readonly number[];
}

/** An instruction with its numbers. */
export interface Step {
  readonly inst: Instruction;
  readonly indices: readonly number[];
  readonly rings: readonly number[];
}

interface Run {
  readonly visit: Visit<Step> | undefined;
  readonly stream: Stream;
  readonly tokens: number[];
  /** What the bytes hold that elements begin with: in HBM by address, on chip by partition and address. */
  readonly memory: Map<string, number>;
  readonly executions: Map<string, number>;
}

/** The executions; undefined where the stream deadlocks. */
export function executionsOfStream(stream: Stream, visit?: Visit<Step>): Executions | undefined {
  const run: Run = {
    visit,
    stream,
    tokens: stream.semaphores.map(({ initial }) => initial),
    memory: new Map(),
    executions: new Map(),
  };
  fillTensors(run);
  const eager = [...stream.queues].sort(
    (a, b) => Number(b.queue.startsWith("dma")) - Number(a.queue.startsWith("dma")),
  );
  const queues = eager.map(({ body }): Queue => {
    const steps = stepsOf(stream, body);
    return { steps, next: steps.next(), stationary: [] };
  });
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (const queue of queues) if (runQueue(run, queue)) isMoving = true;
  }
  for (const tensor of stream.tensors) {
    if (tensor.role === "output" || tensor.role === "state")
      countResult(run.executions, tensor.name, tagsIn(run, tensor));
  }
  return queues.every(({ next }) => next.done === true) ? run.executions : undefined;
}

function tagsIn({ memory }: Run, { shape, dtype, addressBytes }: StreamTensor): readonly number[] {
  const places = Array.from({ length: elementCount(shape) }, (_none, at) => addressBytes + at * dtypeBytes(dtype));
  return places.map((place) => memory.get(`hbm ${place}`) ?? 0);
}

function fillTensors({ stream, memory }: Run): void {
  for (const { name, dtype, shape, role, addressBytes } of stream.tensors) {
    if (role === "output" || role === "temp") continue;
    for (let element = 0; element < elementCount(shape); element++) {
      memory.set(`hbm ${addressBytes + element * dtypeBytes(dtype)}`, givenTag(name, element));
    }
  }
}

function* stepsOf(stream: Stream, body: readonly StreamItem[]): Generator<Step> {
  const indices = stream.loops.map(() => 0);
  const rings = stream.rings.map(() => 0);
  function* visit(items: readonly StreamItem[]): Generator<Step> {
    for (const item of items) {
      if (item.kind === "inst") {
        yield { inst: item, indices, rings };
        continue;
      }
      const trips = evalExtent(item.trips, indices);
      for (let index = 0; index < trips; index++) {
        indices[item.loop] = index;
        yield* visit(item.body);
        for (const ring of item.advance) rings[ring] = ((rings[ring] ?? 0) + 1) % (stream.rings[ring]?.slots ?? 1);
      }
      indices[item.loop] = 0;
    }
  }
  yield* visit(body);
}

/** Runs until a token is missing; says whether it came any further. */
function runQueue(run: Run, queue: Queue): boolean {
  let isMoved = false;
  while (queue.next.done !== true) {
    const step = queue.next.value;
    const { sem, count: tokens } = step.inst.args;
    if (sem?.kind === "sem") {
      const amount = tokens?.kind === "value" ? Number(tokens.value) : 1;
      const left = (run.tokens[sem.sem] ?? 0) + (step.inst.inst === "acquire" ? -amount : amount);
      if (left < 0) break;
      run.tokens[sem.sem] = left;
    } else execute(run, queue, step);
    isMoved = true;
    queue.next = queue.steps.next();
  }
  return isMoved;
}

function execute(run: Run, queue: Queue, step: Step): void {
  const { inst, indices } = step;
  const meaning = meanings.get(inst.inst);
  // What has no tile op is not compared; what reads its result is reported.
  if (meaning === undefined) return;
  const args = Object.entries(inst.args);
  const operands = args.flatMap(([field, argument]) => {
    const name = meaning.operands[field];
    return argument.kind === "operand" && name !== undefined
      ? [{ name, places: placesOf(run, step, argument.operand) }]
      : [];
  });
  const tagsOf = (places: readonly string[]): readonly number[] => places.map((place) => run.memory.get(place) ?? 0);
  if (inst.inst === "load_weights") {
    queue.stationary = tagsOf(operands[0]?.places ?? []);
    return;
  }
  const flag =
    args.flatMap(([, argument]) => (argument.kind === "flag" ? [evalFlag(argument.flag, indices)] : []))[0] ?? false;
  const base =
    args.flatMap(([, argument]) => (argument.kind === "affine" ? [evalAffine(argument.affine, indices)] : []))[0] ?? 0;
  const roles = new Map(tileOpDef(meaning.op).operands.map(({ name, role }) => [name, role]));
  const reads = operands
    .filter(({ name }) => roles.get(name) !== "write" || flag)
    .map(({ name, places }): [string, readonly number[]] => [name, tagsOf(places)]);
  if (inst.inst === "matmul") reads.push(["stationary", queue.stationary]);
  reads.sort(([a], [b]) => (a < b ? -1 : 1));
  const values = args.flatMap(([name, argument]) =>
    argument.kind === "value" && argument.value !== null ? [`${name}=${argument.value}`] : [],
  );
  const execution = { op: meaning.op, values: [...values.sort(), String(flag), String(base)], reads };
  const tag = tagOf(execution);
  count(run.executions, meaning.op, tag);
  run.visit?.(execution, step);
  for (const { name, places } of operands) {
    if (roles.get(name) === "read") continue;
    for (const [element, place] of places.entries()) run.memory.set(place, writtenTag(tag, name, element));
  }
}

/** The first bytes of an operand's elements, partition by partition. */
function placesOf({ stream }: Run, { indices, rings }: Step, operand: Operand): readonly string[] {
  const { address, dtype, dims } = operand;
  const bytes = dtypeBytes(dtype);
  const ringBytes = address.rings.reduce((sum, { ring, scale }) => sum + scale * (rings[ring] ?? 0), 0);
  const start = evalAffine(address.base as Affine, indices) + ringBytes;
  let offsets = [operand.memory === "hbm" ? start + (stream.tensors[operand.tensor]?.addressBytes ?? 0) : start];
  for (const { stride, size } of dims) {
    const steps = Array.from({ length: evalExtent(size, indices) }, (_none, step) => step * stride * bytes);
    offsets = offsets.flatMap((offset) => steps.map((step) => offset + step));
  }
  if (operand.memory === "hbm") return offsets.map((offset) => `hbm ${offset}`);
  const partitions = Array.from(
    { length: evalExtent(operand.partitions, indices) },
    (_none, p) => operand.startPartition + p,
  );
  return partitions.flatMap((partition) => offsets.map((offset) => `${operand.memory} ${partition} ${offset}`));
}
