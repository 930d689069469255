// What the partitions of one granule hold, and whether anything has read it. Every access begins at the first partition of
// the granule's group, so what is held is a list of runs without gaps from there on.

export interface PartitionRun {
  /** One past the run's last partition, counted from the group's first. */
  readonly endPartition: number;
  /** A sum may be added to; a value may not. */
  readonly holds: "value" | "sum";
  readonly isRead: boolean;
}

/** Runs in the order of their partitions; after the last one nothing is written. */
export type Contents = readonly PartitionRun[];

/** Partitions written, from the group's first. */
export function writtenPartitions(contents: Contents): number {
  return contents.at(-1)?.endPartition ?? 0;
}

/** Whether one of the first `partitions` partitions holds what the test wants. */
export function anyHolds(contents: Contents, partitions: number, test: (run: PartitionRun) => boolean): boolean {
  let firstPartition = 0;
  for (const run of contents) {
    if (firstPartition >= partitions) return false;
    if (test(run)) return true;
    firstPartition = run.endPartition;
  }
  return false;
}

export const isUnread = ({ isRead }: PartitionRun): boolean => !isRead;

/** The contents after the first `partitions` partitions were overwritten, or added to. */
export function write(contents: Contents, partitions: number, holds: PartitionRun["holds"]): Contents {
  const first: PartitionRun = { endPartition: partitions, holds, isRead: false };
  if (writtenPartitions(contents) <= partitions) return [first];
  return [first, ...contents.filter(({ endPartition }) => endPartition > partitions)];
}

/** The contents after the first `partitions` partitions were read. */
export function markRead(contents: Contents, partitions: number): Contents {
  if (!anyHolds(contents, partitions, isUnread)) return contents;
  const runs: PartitionRun[] = [];
  let firstPartition = 0;
  for (const run of contents) {
    const { endPartition, holds } = run;
    const readPartitions = Math.min(endPartition, partitions);
    if (run.isRead || firstPartition >= partitions) runs.push(run);
    else {
      runs.push({ endPartition: readPartitions, holds, isRead: true });
      if (endPartition > readPartitions) runs.push(run);
    }
    firstPartition = endPartition;
  }
  return runs;
}
