// Random legal machines for property tests, made from the table of machine fields: every number is drawn from its range.
// Sizes that limit each other are drawn together, so that most machines can run something; all others are drawn one by
// one, the ends of their range included. A number that the rules across fields refuse stays as it is.
import fc from "fast-check";
import { type Machine, type MachineKey, machineFields, machineKeys } from "../../ir-spec/machine.ts";
import { makeRandom, type Random } from "../../src/find/fuzz/random-choices.ts";
import { mxQuadrant } from "../../targets/neuron/isa/mx.ts";
import { machineByName } from "../../targets/neuron/machines/index.ts";
import { findContradictions } from "../../targets/neuron/machines/rules.ts";

type Numbers = Partial<Record<MachineKey, number>>;

export interface RandomMachine {
  readonly machine: Machine;
  /** What differs from the shipped machine. */
  readonly changed: Numbers;
}

/** An arbitrary legal machine; a failing one says from which it differs, and how. */
export const randomMachine: fc.Arbitrary<RandomMachine> = fc
  .noShrink(fc.integer({ min: 0, max: 2 ** 31 - 1 }))
  .map((seed) => printable(pickMachine(makeRandom(seed))));

function printable(made: RandomMachine): RandomMachine {
  const text = () => `${made.machine.name} with ${JSON.stringify(made.changed)}`;
  return { ...made, [fc.toStringMethod]: text } as RandomMachine;
}

function shipped(name: string): Machine {
  const machine = machineByName(name);
  if (machine === undefined) throw new Error(`no machine ${name}`);
  return machine;
}

export function pickMachine(random: Random): RandomMachine {
  const base = shipped(random.pick(["tiny", "tiny", "trn2", "trn3"]));
  const others = machineKeys.filter((key) => !sizeKeys.includes(key));
  const drawn: readonly Numbers[] = [pickSizes(random), ...pickNumbers(random, others)];
  const machine = drawn.reduce(withNumbers, base);
  const changed = Object.fromEntries(
    machineKeys.filter((key) => machine[key] !== base[key]).map((key) => [key, machine[key]]),
  );
  return { machine, changed };
}

/** The machine with other numbers, unless they contradict those that it has. */
function withNumbers(machine: Machine, numbers: Numbers): Machine {
  const changed = { ...machine, ...numbers };
  return findContradictions(changed).length === 0 ? changed : machine;
}

/** Fields that are drawn together. */
const sizeKeys: readonly MachineKey[] = [
  ...(["partitions", "partitionStartMultiple", "peRows", "peColumns", "peTileRows", "peTileColumns"] as const),
  ...(["psumBanks", "psumBankBytesPerPartition", "peMovingColumns", "peResultBanks", "sbufBytesPerPartition"] as const),
  ...(["hbmBytes", "accessDims", "dmaQueues", "semaphores", "poolCorePartitions"] as const),
  ...(["peMx", "dveQuantizeRate"] as const),
];

const wordBytes = Float32Array.BYTES_PER_ELEMENT;

function pickSizes(random: Random): Numbers {
  if (random.oneIn(8)) return {};
  const partitions = random.pick([1, 2, 3, 4, 6, 8, 8, 12, 16, 16, 31, 32, 64, 100, 128, 256]);
  const below = (limit: number) => (random.oneIn(2) ? limit : 1 + random.below(limit));
  const [peRows, peColumns] = [below(partitions), below(partitions)];
  const bankColumns = random.pick([1, 2, 3, 8, 16, 16, 25, 32, 64, 100, 128, 512, 513]);
  const partitionStartMultiple = pickDivisor(random, partitions);
  const hasQuadrants = partitionStartMultiple === mxQuadrant;
  return {
    partitions,
    partitionStartMultiple,
    peMx: hasQuadrants ? random.below(2) : 0,
    dveQuantizeRate: hasQuadrants ? random.below(2) : 0,
    poolCorePartitions: pickDivisor(random, partitions),
    peRows,
    peColumns,
    peTileRows: pickHalf(random, peRows),
    peTileColumns: pickHalf(random, peColumns),
    psumBanks: random.pick([1, 2, 3, 4, 8, 8, 8, 16]),
    psumBankBytesPerPartition: bankColumns * wordBytes,
    peMovingColumns: below(bankColumns),
    peResultBanks: random.pick([1, 1, 1, 2, 8]),
    sbufBytesPerPartition: wordBytes * random.pick([8, 50, 250, 1000, 1025, 6144, 6144, 6144, 24_577, 24_577]),
    hbmBytes: random.pick([2 ** 14, 2 ** 20, 2 ** 33, 2 ** 33, 2 ** 33]),
    accessDims: random.pick([1, 2, 3, 4, 4, 8]),
    dmaQueues: random.pick([1, 2, 3, 4, 8, 16]),
    semaphores: random.pick([4, 16, 30, 48, 96, 96, 256, 256]),
  };
}

function pickDivisor(random: Random, size: number): number {
  const divisors = Array.from({ length: size }, (_, index) => index + 1).filter((divisor) => size % divisor === 0);
  return random.pick(divisors);
}

/** A size halved some times, as long as it is an integer. */
function pickHalf(random: Random, size: number): number {
  return size % 2 === 0 && !random.oneIn(3) ? pickHalf(random, size / 2) : size;
}

/** Some of the fields, each anywhere in its range. */
function pickNumbers(random: Random, keys: readonly MachineKey[]): readonly Numbers[] {
  const isRare = random.oneIn(2);
  const drawn = keys.filter(() => random.oneIn(isRare ? 16 : 3));
  return drawn.map((key) => ({ [key]: pickNumber(random, key) }));
}

const steps = 1000;

/** Least, most, or anything between, small numbers as likely as large ones. */
function pickNumber(random: Random, key: MachineKey): number {
  const { min, max, integer } = machineFields[key];
  if (random.oneIn(4)) return random.pick([min, max]);
  const least = Math.max(min, integer ? 1 : 0.01);
  const found = least * (max / least) ** (random.below(steps) / steps);
  return integer ? Math.floor(found) : found;
}
