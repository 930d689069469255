// Groups work into batches, each of which is one dispatch. Work comes in an order that the tokens allow. A piece goes into
// the first batch of its class after every batch that holds something it depends on: that wrote what it touches, or read
// what it writes. So each byte sees the same reads and writes in the same order, and pieces of one batch do not meet; all
// else may change places. A matmul may join the batch of the one before it when it adds to the same place: then both are
// links of a chain. Batches are taken away from time to time, and what they hold with them; the notes in the cells stay.

import { invariant } from "../../../ir-spec/base/result.ts";
import { type Cells, commonVersion, isNoted, latest, nextVersion, note, setVersion, type Touched } from "./cells.ts";
import { elementsLaunch, type Kernel, type Kernels } from "./kernel.ts";
import { type DevicePlace, mergeDims, wordBytes } from "./places.ts";
import {
  type LaunchTemplate,
  type ProductTemplate,
  type Shift,
  shiftOf,
  type Template,
  type Touch,
} from "./template.ts";
import { addOne, addWords, makeWords, type Words } from "./words.ts";

/** A batch, which grows in place until it is taken. */
export interface Batch {
  readonly kernel: Kernel;
  /** The records of its launches, or of its chains. */
  readonly records: Words;
  members: number;
  /** The most that a member needs along two dimensions. */
  columns: number;
  rows: number;
  /** The records of its chains' links, and the chain of each, in the order in which they came. */
  readonly links: Words;
  readonly chainOfLink: Words;
}

/** A chain that more links may join: its batch, its number there, and the version of its place. */
interface OpenChain {
  readonly batch: number;
  readonly chain: number;
  readonly version: number;
}

/** Changed in place. Batches have numbers, which continue when some are taken. */
export interface Schedule {
  readonly kernels: Kernels;
  batches: Batch[];
  firstBatch: number;
  /** Numbers of the batches of each class, in order. */
  readonly byClass: Map<Kernel, number[]>;
  /** By place of PSUM. */
  readonly chains: Map<object, OpenChain>;
  /** Most members of a batch: the most workgroups that a dispatch has along one dimension. */
  readonly maxMembers: number;
  /** Words of all records. */
  words: number;
}

/** Where an operand lies in one execution. */
interface Located extends Touched {
  readonly version: number;
}

export function makeSchedule(kernels: Kernels, maxMembers: number): Schedule {
  return { kernels, batches: [], firstBatch: 0, byClass: new Map(), chains: new Map(), maxMembers, words: 0 };
}

/** Puts a piece of work into its batch. */
export function addWork(schedule: Schedule, template: Template, shift: Shift): void {
  if (template.kind === "launch") addLaunch(schedule, template, shift);
  else addProduct(schedule, template, shift);
}

/** The batches so far, in order; the schedule continues without them. */
export function takeBatches(schedule: Schedule): readonly Batch[] {
  const { batches } = schedule;
  schedule.firstBatch += batches.length;
  schedule.batches = [];
  schedule.words = 0;
  schedule.byClass.clear();
  return batches;
}

function addLaunch(schedule: Schedule, template: LaunchTemplate, shift: Shift): void {
  const { kernel, record, reads, writes, workgroups } = template;
  const read = reads.map((touch) => locate(schedule, touch, shift));
  const written = writes.map((touch) => locateWrite(schedule, touch, shift));
  const number = batchBehind(schedule, kernel, lastBefore(read, written));
  noteAll(number, read, written);
  const batch = batchAt(schedule, number);
  const at = addRecord(schedule, batch, record, workgroups, 1);
  setBases(batch.records, at, reads, read);
  setBases(batch.records, at, writes, written);
}

function addProduct(schedule: Schedule, template: ProductTemplate, shift: Shift): void {
  const { home, kernel, accumulate, dst, record, workgroups } = template;
  const read = template.reads.map((touch) => locate(schedule, touch, shift));
  const open = accumulate ? joinedChain(schedule, template, read, shift) : undefined;
  if (open !== undefined) {
    noteAll(open.batch, read, []);
    addLink(schedule, template, read, open);
    return;
  }
  const target = locateWrite(schedule, dst, shift);
  const number = batchBehind(schedule, kernel, lastBefore(read, [target]));
  noteAll(number, read, [target]);
  const batch = batchAt(schedule, number);
  const begun = { batch: number, chain: batch.members, version: target.version };
  const [columns, rows] = workgroups;
  setBases(batch.records, addRecord(schedule, batch, record, columns, rows), [dst], [target]);
  schedule.chains.set(home, begun);
  addLink(schedule, template, read, begun);
}

/**
 * The chain that last began at the place, if the matmul may join it: nothing but its batch wrote the place last, nothing
 * after it read the place since, and what the matmul reads is there before.
 */
function joinedChain(
  { chains, batches, firstBatch }: Schedule,
  { home, kernel, dst }: ProductTemplate,
  read: readonly Located[],
  shift: Shift,
): OpenChain | undefined {
  const open = chains.get(home);
  if (open === undefined || batches[open.batch - firstBatch]?.kernel !== kernel) return undefined;
  const { batch, version } = open;
  if (read.some((place) => latest(place.cells.lastWrite, place, place.version) >= batch)) return undefined;
  const place = move(dst, shift);
  const { lastRead, lastWrite } = dst.cells;
  if (commonVersion(place) !== version || !isNoted(lastWrite, place, version, batch)) return undefined;
  return latest(lastRead, place, version) <= batch ? open : undefined;
}

function addLink(
  schedule: Schedule,
  { link, reads }: ProductTemplate,
  read: readonly Located[],
  open: OpenChain,
): void {
  const batch = batchAt(schedule, open.batch);
  const at = addWords(batch.links, link);
  setBases(batch.links, at, reads, read);
  addOne(batch.chainOfLink, open.chain);
  schedule.words += link.length;
}

function addRecord(schedule: Schedule, batch: Batch, record: Uint32Array, columns: number, rows: number): number {
  batch.members += 1;
  batch.columns = Math.max(batch.columns, columns);
  batch.rows = Math.max(batch.rows, rows);
  schedule.words += record.length;
  return addWords(batch.records, record);
}

/** Puts the numbers of the operands' first elements into a record. */
function setBases(words: Words, at: number, touches: readonly Touch[], places: readonly Located[]): void {
  for (let index = 0; index < touches.length; index++) {
    const { position, base, elementBytes } = touches[index]!;
    const { shiftBytes, version, cells } = places[index]!;
    words.array[at + position] = base + (shiftBytes + version * cells.versionBytes) / elementBytes;
  }
}

function move(touch: Touch, shift: Shift): Touched {
  return { cells: touch.cells, runs: touch.runs, shiftBytes: shiftOf(touch, shift) };
}

/** Where an operand is found that is read, or kept in part. */
function locate(schedule: Schedule, touch: Touch, shift: Shift): Located {
  const place = move(touch, shift);
  const { cells, runs, shiftBytes } = place;
  const common = commonVersion(place);
  return { cells, runs, shiftBytes, version: common >= 0 ? common : unite(schedule, place) };
}

/** Where an operand goes that is written: where it has no old content, to another version. */
function locateWrite(schedule: Schedule, touch: Touch, shift: Shift): Located {
  if (!touch.overwritesFullCells) return locate(schedule, touch, shift);
  const place = move(touch, shift);
  const { cells, runs, shiftBytes } = place;
  const version = nextVersion(place);
  setVersion(place, version);
  return { cells, runs, shiftBytes, version };
}

/** The latest batch that work depends on. */
function lastBefore(read: readonly Located[], written: readonly Located[]): number {
  let last = -1;
  for (const place of read) last = Math.max(last, latest(place.cells.lastWrite, place, place.version));
  for (const place of written) {
    const { lastWrite, lastRead } = place.cells;
    last = Math.max(last, latest(lastWrite, place, place.version), latest(lastRead, place, place.version));
  }
  return last;
}

function noteAll(batch: number, read: readonly Located[], written: readonly Located[]): void {
  for (const place of read) note(place.cells.lastRead, place, place.version, batch);
  for (const place of written) note(place.cells.lastWrite, place, place.version, batch);
}

/** Copies what has another version to that of the first cell; returns that version. */
function unite(schedule: Schedule, place: Touched): number {
  const { cells, runs, shiftBytes } = place;
  const { cellBytes, version } = cells;
  const target = version[runs[0]! + Math.floor((runs[1]! + shiftBytes) / cellBytes)]!;
  for (let run = 0; run < runs.length; run += 3) {
    const end = runs[run]! + Math.floor((runs[run + 2]! + shiftBytes - 1) / cellBytes) + 1;
    let from = runs[run]! + Math.floor((runs[run + 1]! + shiftBytes) / cellBytes);
    while (from < end) {
      const found = version[from]!;
      let next = from + 1;
      while (next < end && version[next] === found) next += 1;
      if (found !== target) addCopy(schedule, cells, [from, next], [target, found]);
      from = next;
    }
  }
  setVersion(place, target);
  return target;
}

/** Copies neighbouring cells of a block from one version to another. */
function addCopy(
  schedule: Schedule,
  cells: Cells,
  [from, end]: readonly [number, number],
  [target, source]: readonly [number, number],
): void {
  const { cellBytes, rowCells, rowBytes, blockRows, rows } = cells;
  const first = Math.floor(from / rowCells) * rowCells;
  const startRow = (first / rowCells) * blockRows;
  const [firstByte, endByte] = [(from - first) * cellBytes, Math.min((end - first) * cellBytes, rowBytes)];
  const free = (endByte - firstByte) / wordBytes;
  const placeIn = (name: string, version: number): DevicePlace => ({
    ...{ name, memory: cells.memory, dtype: "i32", free, dims: mergeDims([free], [1]) },
    base: (version * cells.versionBytes + startRow * rowBytes + firstByte) / wordBytes,
    ...{ rows: Math.min(blockRows, rows - startRow), rowStride: rowBytes / wordBytes },
  });
  const places = new Map([
    ["dst", placeIn("dst", target)],
    ["src", placeIn("src", source)],
  ]);
  const body = (texts: Parameters<Parameters<typeof elementsLaunch>[1]["body"]>[0]): string =>
    `  return ${texts.raw("src")};`;
  const { kernel, record, workgroups } = elementsLaunch(schedule.kernels, { name: "unite", places, body });
  const touched = { cells, runs: Float64Array.of(first, firstByte, endByte), shiftBytes: 0 };
  const [read, written] = [
    { ...touched, version: source },
    { ...touched, version: target },
  ];
  const number = batchBehind(schedule, kernel, lastBefore([read], [written]));
  noteAll(number, [read], [written]);
  addRecord(schedule, batchAt(schedule, number), Uint32Array.from(record), workgroups, 1);
}

function batchAt({ batches, firstBatch }: Schedule, number: number): Batch {
  const batch = batches[number - firstBatch];
  invariant(batch !== undefined, `there is no batch ${number}`);
  return batch;
}

/** The first batch of a class with room after a batch; a new one where there is none. */
function batchBehind(schedule: Schedule, kernel: Kernel, behind: number): number {
  const { batches, firstBatch, byClass, maxMembers } = schedule;
  const ofClass = byClass.get(kernel) ?? [];
  byClass.set(kernel, ofClass);
  for (let at = firstBehind(ofClass, behind); at < ofClass.length; at++) {
    if (batches[ofClass[at]! - firstBatch]!.members < maxMembers) return ofClass[at]!;
  }
  const [records, links, chainOfLink] = [makeWords(), makeWords(), makeWords()];
  batches.push({ kernel, records, members: 0, columns: 0, rows: 0, links, chainOfLink });
  ofClass.push(firstBatch + batches.length - 1);
  return firstBatch + batches.length - 1;
}

/** The place of the first number above `after` in a sorted list. */
function firstBehind(sorted: readonly number[], behind: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > behind) high = middle;
    else low = middle + 1;
  }
  return low;
}
