// Jobs in lines that continue side by side: within a line one after the other, so that a line never needs more memory than its
// largest job. Between jobs messages of other threads and processes come through.

export interface Job {
  readonly what: string;
  readonly run: () => Promise<void>;
}

/** A job that begins, or that has ended after so many milliseconds. */
export interface JobNews {
  readonly what: string;
  readonly endedAfterMs: number | undefined;
}

/** Ends when all jobs have ended. When one throws, no other one begins, and the caller gets its error. */
export async function runSideBySide(lines: readonly (readonly Job[])[], tell: (news: JobNews) => void): Promise<void> {
  let isOver = false;
  const runLine = async (jobs: readonly Job[]): Promise<void> => {
    for (const { what, run } of jobs) {
      await new Promise((resolve) => setTimeout(resolve));
      if (isOver) return;
      const startMs = performance.now();
      tell({ what, endedAfterMs: undefined });
      await run();
      tell({ what, endedAfterMs: performance.now() - startMs });
    }
  };
  try {
    await Promise.all(lines.map(runLine));
  } finally {
    isOver = true;
  }
}
