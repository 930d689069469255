// A large sweep over processes that are killed and started again, and as a job array of a real Slurm on this machine.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rootFolder } from "../../run-tgc.ts";

const isLong = process.env.TGC_LONG !== undefined;
const hasSlurm = ["slurmctld", "slurmd", "sbatch", "munged"].every((name) => spawnSync("which", [name]).status === 0);
const isRoot = process.getuid?.() === 0;
if (!isLong || !hasSlurm || !isRoot)
  console.warn("skipped: the sweep on Slurm needs TGC_LONG, root, slurm-wlm and munge");

const folder = mkdtempSync(join(tmpdir(), "tgc-sweep-"));
const command = join(rootFolder, "bin/tgc.js");
const program = "graph g<M = 1>(x: f32[M, 8], weight w: f32[8, 8]) -> (y: f32[M, 8]) {\n  y = matmul(x, w)\n}\n";
const sizes = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

beforeAll(() => {
  writeFileSync(join(folder, "g.tg"), program);
  // A strategy that tries nothing: 10,000 points are some minutes of a processor, those of a search would be a quarter of an hour.
  const space = {
    targets: ["tiny"],
    schedules: ["naive"],
    dims: { M: sizes(50) },
    set: { dmaEngines: sizes(10) },
    fields: { y: { slots_lhs: sizes(4), slots_rhs: sizes(5) } },
  };
  writeFileSync(join(folder, "space.json"), JSON.stringify(space));
  writeFileSync(join(folder, "few.json"), JSON.stringify({ targets: ["tiny"], dims: { M: sizes(16) } }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(...words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [command, "sweep", "g.tg", "--jobs", "1", ...words], { cwd: folder, stdio: "ignore" });
}

/** The exit code of a process, which may have ended before; null where it was killed. */
const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.on("exit", (code) => resolve(code)));
const results = (out: string): string => readFileSync(join(folder, out, "results.jsonl"), "utf8");
const lineCount = (path: string): number => readFileSync(path, "utf8").split("\n").length - 1;

test.runIf(isLong)(
  "10,000 points in two processes, one of them killed midway, merge to the bytes of an undisturbed run",
  async () => {
    const whole = start("--out", "whole");
    expect(await ended(whole)).toBe(0);
    const first = start("--out", "parts", "--shard", "1/2");
    const killed = start("--out", "parts", "--shard", "2/2");
    const path = join(folder, "parts/shard-2-of-2.jsonl");
    while (killed.exitCode === null && (!existsSync(path) || lineCount(path) < 500)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    killed.kill("SIGKILL");
    expect(await ended(killed), "it was killed before it had come to its end").toBe(null);
    expect(lineCount(path)).toBeLessThan(5001);
    expect(await ended(start("--out", "parts", "--shard", "2/2"))).toBe(0);
    expect(await ended(first)).toBe(0);
    expect(await ended(start("--out", "parts", "--merge"))).toBe(0);
    expect(lineCount(join(folder, "parts/results.jsonl"))).toBe(10_001);
    expect(results("parts")).toBe(results("whole"));
  },
);

test.runIf(isLong && hasSlurm && isRoot)("a job array of Slurm on this machine", async () => {
  const slurm = startSlurm(join(folder, "slurm"));
  try {
    const script = `#!/bin/bash\n#SBATCH --array=1-4\ncd ${folder}\n${process.execPath} ${command} sweep g.tg --space few.json --out array --shard "$SLURM_ARRAY_TASK_ID/4" --jobs 1\n`;
    writeFileSync(join(folder, "job.sh"), script);
    const sent = spawnSync("sbatch", ["--wait", "--output", join(folder, "job-%a.log"), join(folder, "job.sh")], {
      env: slurm.environment,
    });
    expect(sent.status, String(sent.stderr)).toBe(0);
    expect(await ended(start("--space", "few.json", "--out", "array", "--merge"))).toBe(0);
    expect(await ended(start("--space", "few.json", "--out", "alone"))).toBe(0);
    expect(results("array")).toBe(results("alone"));
  } finally {
    slurm.stop();
  }
});

interface Slurm {
  readonly environment: NodeJS.ProcessEnv;
  readonly stop: () => void;
}

/** One controller and one node, with files in a folder of their own. */
function startSlurm(home: string): Slurm {
  const host = hostname().split(".")[0] ?? "localhost";
  for (const name of ["", "state", "spool"]) mkdirSync(join(home, name), { recursive: true });
  const settings = {
    ClusterName: "t",
    SlurmctldHost: `${host}(127.0.0.1)`,
    AuthType: "auth/munge",
    SlurmUser: "root",
    StateSaveLocation: join(home, "state"),
    SlurmdSpoolDir: join(home, "spool"),
    SlurmctldPidFile: join(home, "ctld.pid"),
    SlurmdPidFile: join(home, "d.pid"),
    SlurmctldLogFile: join(home, "ctld.log"),
    SlurmdLogFile: join(home, "d.log"),
    ProctrackType: "proctrack/linuxproc",
    TaskPlugin: "task/none",
    SelectType: "select/cons_tres",
    ReturnToService: "2",
    MpiDefault: "none",
  };
  const lines = [
    ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN`,
    `PartitionName=p Nodes=${host} Default=YES MaxTime=INFINITE State=UP`,
  ];
  const file = join(home, "slurm.conf");
  writeFileSync(file, `${lines.join("\n")}\n`);
  const environment = { ...process.env, SLURM_CONF: file };
  const run = (name: string, ...words: readonly string[]) => spawnSync(name, words, { env: environment });
  mkdirSync("/run/munge", { recursive: true });
  run("chown", "munge", "/run/munge");
  run("runuser", "-u", "munge", "--", "/usr/sbin/munged");
  run("slurmctld", "-f", file);
  run("sleep", "2");
  run("slurmd", "-f", file);
  run("sleep", "4");
  return {
    environment,
    stop: () => {
      for (const name of ["d.pid", "ctld.pid"]) {
        try {
          process.kill(Number(readFileSync(join(home, name), "utf8")));
        } catch {
          // It has ended, or never began.
        }
      }
    },
  };
}
