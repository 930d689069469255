// What a sweep has found so far: a file for each shard, a line of JSON for each point, begun by a line that says of what. A line is written at
// once and whole; what a killed process left of its last line is dropped, and that point is run again.

import { fail, ok, type Result } from "../../ir-spec/base/result.ts";

export const sweepSchema = "tgc.sweep/1";

/** Part `number` (from 1) of `of` parts: every point whose number leaves `number - 1` when divided by `of`. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

/** The first line of a file. */
export interface SweepHead {
  /** The hash of all that results depend on: program, space, schedules, machines, version. */
  readonly key: string;
  readonly points: number;
}

/** A line of a result, and the point that it is of. */
export interface SweepLine {
  readonly point: number;
  readonly text: string;
}

/** `3/64`; undefined where it is none. */
export function parseShard(text: string): Shard | undefined {
  const [, number, of] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  return number !== undefined && of !== undefined && number >= 1 && number <= of ? { number, of } : undefined;
}

export const shardFileName = ({ number, of }: Shard): string => `shard-${number}-of-${of}.jsonl`;

/** The shard of a file's name; undefined where it is none of a sweep. */
export function shardOfFileName(name: string): Shard | undefined {
  const [, number = "", of = ""] = /^shard-(\d+)-of-(\d+)\.jsonl$/.exec(name) ?? [];
  return parseShard(`${number}/${of}`);
}

export const headLine = ({ key, points }: SweepHead): string =>
  `${JSON.stringify({ schema: sweepSchema, key, points })}\n`;

export interface ReadShard {
  readonly head: SweepHead | undefined;
  readonly lines: readonly SweepLine[];
  /** How much of the file is whole lines (B). */
  readonly wholeBytes: number;
}

/** Reads what a shard's file holds; fails with what is wrong with a whole line of it. */
export function readShard(bytes: Uint8Array): Result<ReadShard, string> {
  const wholeBytes = bytes.lastIndexOf(newline) + 1;
  const texts = new TextDecoder().decode(bytes.subarray(0, wholeBytes)).split("\n").slice(0, -1);
  const [first, ...others] = texts;
  if (first === undefined) return ok({ head: undefined, lines: [], wholeBytes });
  const head = readHead(first);
  if (head === undefined) return fail("it does not begin as a file of a sweep does");
  const lines: SweepLine[] = [];
  for (const [index, text] of others.entries()) {
    const point = pointOf(text);
    if (point === undefined || point >= head.points) return fail(`line ${index + 2} is not of a point of the sweep`);
    lines.push({ point, text });
  }
  return ok({ head, lines, wholeBytes });
}

const newline = 0x0a;

function readHead(text: string): SweepHead | undefined {
  const { schema, key, points } = readObject(text);
  const isHead = schema === sweepSchema && typeof key === "string" && isCount(points);
  return isHead ? { key, points } : undefined;
}

function pointOf(text: string): number | undefined {
  const { point } = readObject(text);
  return isCount(point) ? point : undefined;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export interface Merged {
  /** By their points. */
  readonly lines: readonly SweepLine[];
  /** Points without a line. */
  readonly missing: readonly number[];
}

/** All lines in the order of their points; a point that several files have counts once, as all of them found the same. */
export function mergeLines(files: readonly (readonly SweepLine[])[], points: number): Merged {
  const found: (SweepLine | undefined)[] = new Array(points);
  for (const lines of files) for (const line of lines) found[line.point] ??= line;
  const missing: number[] = [];
  const lines: SweepLine[] = [];
  for (let point = 0; point < points; point++) {
    const line = found[point];
    if (line === undefined) missing.push(point);
    else lines.push(line);
  }
  return { lines, missing };
}
