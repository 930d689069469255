// `tgc sweep`: a graph at every point of a space, in parts that can be stopped and put together.

import { availableParallelism } from "node:os";
import { at, fail, ok, problem, type Result } from "../../../ir-spec/base/result.ts";
import { suggest } from "../../../ir-spec/base/suggest.ts";
import { profileMetrics } from "../../metrics/metrics.ts";
import { pointsText, printSweep } from "../../report/print-sweep.ts";
import { paretoFront, resultLine, type SweepResult, sweepResult } from "../../sweep/results.ts";
import { headLine, mergeLines, parseShard, type Shard, type SweepHead } from "../../sweep/shard.ts";
import { pointAt } from "../../sweep/space.ts";
import { type RunJob, withRunPool } from "../compare-pool.ts";
import type { CliIo } from "../io.ts";
import { type LoadedSweep, loadSweep } from "../load-sweep.ts";
import { type CommandContext, type CommandResult, done } from "../outcome.ts";
import type { Given } from "../specs.ts";
import { openShard, readShards } from "../sweep-files.ts";
import { findOutside, makeFolder } from "../write-files.ts";

type Options = Given<"sweep">["options"];

export async function sweepCommand({ args, options }: Given<"sweep">, { io }: CommandContext): Promise<CommandResult> {
  const metrics = readMetrics(options.pareto);
  const shard = options.shard === undefined ? { number: 1, of: 1 } : parseShard(options.shard);
  const sweep = loadSweep(io.cwd, args.file, options);
  if (!metrics.ok) return metrics;
  if (!sweep.ok) return sweep;
  if (shard === undefined) return fail([at(problem("E1643", { found: options.shard ?? "" }), undefined)]);
  if (options.merge) return merge(sweep.value, options, { io, metrics: metrics.value });
  const outside = findOutside(io, [options.out]);
  if (outside.length > 0) return fail(outside);
  const folder = makeFolder(io.cwd, options.out);
  if (!folder.ok) return folder;
  const ran = await runShard(sweep.value, shard, options, io);
  if (!ran.ok) return ran;
  if (options.shard === undefined) return merge(sweep.value, options, { io, metrics: metrics.value });
  const { warnings, graphName, space } = sweep.value;
  const text = `${graphName}: ${pointsText(ran.value.ran)} run, ${ran.value.known} known from before, part ${options.shard} of ${pointsText(space.count)}\n`;
  return done(text, { graph: graphName, points: space.count, shard: options.shard, ...ran.value }, { warnings });
}

/** The names of metrics of which less is better. */
function readMetrics(list: string): Result<readonly string[]> {
  const names = list.split(",").map((name) => name.trim());
  const known = profileMetrics.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return ok(names);
  return fail(unknown.map((found) => at(problem("E1644", { found }), undefined, suggest(found, known).notes)));
}

const headOf = ({ key, space }: LoadedSweep): SweepHead => ({ key, points: space.count });

interface Ran {
  readonly ran: number;
  readonly known: number;
}

/** Runs the points of a shard that have no result yet; each result is written as soon as it is there. */
async function runShard(sweep: LoadedSweep, shard: Shard, { out, jobs }: Options, io: CliIo): Promise<Result<Ran>> {
  const file = openShard(io.cwd, out, shard, headOf(sweep));
  if (!file.ok) return file;
  const points: number[] = [];
  for (let point = shard.number - 1; point < sweep.space.count; point += shard.of) points.push(point);
  const open = points.filter((point) => !file.value.done.has(point));
  const threads = Math.max(1, Math.min(jobs ?? availableParallelism(), open.length));
  let next = 0;
  let finished = 0;
  let wrong: Result<undefined> = ok(undefined);
  const work = async (run: RunJob): Promise<void> => {
    for (let point = open[next++]; point !== undefined && wrong.ok; point = open[next++]) {
      const job = sweep.jobAt(point);
      if (!job.ok) {
        wrong = job;
        return;
      }
      const found = sweepResult(point, pointAt(sweep.space, point), await run(job.value));
      const written = file.value.append(resultLine(found));
      if (!written.ok) wrong = written;
      finished++;
      io.progress?.(`${finished} of ${open.length}\n`);
    }
  };
  await withRunPool(threads, (run) => Promise.all(Array.from({ length: threads }, () => work(run))));
  return wrong.ok ? ok({ ran: finished, known: points.length - open.length }) : wrong;
}

interface Merging {
  readonly io: CliIo;
  readonly metrics: readonly string[];
}

function merge(sweep: LoadedSweep, { out }: Options, { io, metrics }: Merging): CommandResult {
  const head = headOf(sweep);
  const shards = readShards(io.cwd, out, head);
  if (!shards.ok) return shards;
  const { lines, missing } = mergeLines(
    shards.value.map((shard) => shard.lines),
    head.points,
  );
  const [first] = missing;
  if (first !== undefined) {
    return fail([at(problem("E1645", { folder: out, found: lines.length, points: head.points, first }), undefined)]);
  }
  const results = lines.map(({ text }) => JSON.parse(text) as SweepResult);
  const front = paretoFront(results, metrics);
  const path = `${out}/results.jsonl`;
  const content = `${headLine(head)}${lines.map(({ text }) => `${text}\n`).join("")}`;
  const { graphName: graph, warnings } = sweep;
  const fitting = results.filter(({ fits }) => fits).length;
  const text = printSweep({ graph, path, results, front, metrics });
  const json = { graph, points: head.points, fitting, metrics, front, path };
  return done(text, json, { warnings, files: [{ path, content }] });
}
