// What a benchmark is, and how it is measured: some samples, of which the median counts; a goal says how good is good enough.

export interface Benchmark {
  readonly name: string;
  readonly unit: "instructions/s" | "GFLOP/s" | "s" | "MiB" | "times";
  /** Rates should be at least the goal, all others at most. */
  readonly goal?: number;
  readonly samples: number;
  /** Makes ready what the samples need, and gives the function that takes one. */
  readonly prepare: () => () => number;
}

export interface Measured {
  readonly name: string;
  readonly unit: Benchmark["unit"];
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly goal?: number;
  /** How many times better than the goal; below 1 it is missed. */
  readonly timesGoal?: number;
}

export function measureBenchmark({ name, unit, goal, samples, prepare }: Benchmark): Measured {
  const measure = prepare();
  const sorted = Array.from({ length: samples }, measure).sort((a, b) => a - b);
  const [least = 0, median = 0, most = 0] = [sorted[0], sorted[Math.floor(samples / 2)], sorted.at(-1)];
  const isRate = unit.endsWith("/s");
  const found = { name, unit, median, least, most };
  return goal === undefined ? found : { ...found, goal, timesGoal: isRate ? median / goal : goal / median };
}

/** Seconds that `work` takes. */
export function secondsOf(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}

/** Processor time that `work` takes, of all threads together (s): it says more than the clock on a machine that does other work. */
export function processorSecondsOf(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}
