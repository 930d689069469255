// The folder of a sweep: what its shards have found, read and added to.

import { appendFileSync, existsSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import {
  headLine,
  type ReadShard,
  readShard,
  type Shard,
  type SweepHead,
  shardFileName,
  shardOfFileName,
} from "../sweep/shard.ts";
import { readBytes } from "./files.ts";
import { whyOf } from "./system-words.ts";

/** A million results of some hundred bytes fit, and one text holds them (B). */
const maxShardBytes = 480 * 1024 * 1024;

export interface ShardFile {
  /** The points that have a result. */
  readonly done: ReadonlySet<number>;
  /** Adds the line of a result. */
  readonly append: (line: string) => Result<undefined>;
}

/** Opens a shard's file to continue it, without the part of a line that a killed process left; makes it where there is none. */
export function openShard(cwd: string, folder: string, shard: Shard, head: SweepHead): Result<ShardFile> {
  const name = `${folder}/${shardFileName(shard)}`;
  const path = resolve(cwd, name);
  try {
    if (!existsSync(path)) writeFileSync(path, headLine(head), { flag: "wx" });
    const read = readFile(cwd, name, head);
    if (!read.ok) return read;
    const { lines, wholeBytes } = read.value;
    truncateSync(path, wholeBytes);
    if (read.value.head === undefined) appendFileSync(path, headLine(head));
    return ok({ done: new Set(lines.map(({ point }) => point)), append: (line) => append(name, path, line) });
  } catch (error) {
    return cannotWrite(name, error);
  }
}

function append(name: string, path: string, line: string): Result<undefined> {
  try {
    appendFileSync(path, line);
    return ok(undefined);
  } catch (error) {
    return cannotWrite(name, error);
  }
}

const cannotWrite = (file: string, error: unknown) =>
  fail([at(problem("E1302", { file, why: whyOf(error) }), undefined)]);

function readFile(cwd: string, name: string, { key, points }: SweepHead): Result<ReadShard> {
  const bytes = readBytes(cwd, name, maxShardBytes);
  if (!bytes.ok) return bytes;
  const read = readShard(bytes.value);
  const wrong = (why: string) => fail([at(problem("E1642", { file: name, why }), undefined)]);
  if (!read.ok) return wrong(read.error);
  const { head } = read.value;
  const isOther = head !== undefined && (head.key !== key || head.points !== points);
  return isOther ? wrong("it is of another program, space, machine or version of tgc") : ok(read.value);
}

/** What all shards of the folder have found. */
export function readShards(cwd: string, folder: string, head: SweepHead): Result<readonly ReadShard[]> {
  try {
    const names = readdirSync(resolve(cwd, folder)).filter((name) => shardOfFileName(name) !== undefined);
    const all: ReadShard[] = [];
    for (const name of names.sort()) {
      const read = readFile(cwd, `${folder}/${name}`, head);
      if (!read.ok) return read;
      all.push(read.value);
    }
    return ok(all);
  } catch (error) {
    return fail([at(problem("E1301", { file: folder, why: whyOf(error) }), undefined)]);
  }
}
