// What a report's page is given, as plain data: the page shows it and computes nothing that the command has computed. It imports
// nothing, so that the page's own code, which runs in a browser, shares these types and no more.

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  /** The word of the glossary that explains it. */
  readonly term?: string;
}

export interface EngineTimes {
  readonly unit: string;
  readonly busyNs: number;
  readonly waitingNs: number;
  readonly floorNs: number;
  readonly activePercent: number;
  readonly instructions: number;
}

export interface WaitRow {
  readonly queue: string;
  readonly producer: string;
  readonly semaphore: string;
  readonly ns: number;
}

/** A point under a roofline. */
export interface RooflinePoint {
  readonly name: string;
  readonly flopsPerByte: number;
  readonly flopsPerSecond: number;
  readonly isWhole: boolean;
  /** An index into the kernels, or the number of a run. */
  readonly color: number;
}

export interface Roof {
  readonly name: string;
  readonly peakFlops: number;
  readonly bytesPerSecond: number;
}

export interface Roofline {
  readonly roofs: readonly Roof[];
  readonly points: readonly RooflinePoint[];
}

/** Columns of equal length, an element for each event; words are indices into the lists. */
export interface TimelineColumns {
  readonly queue: ArrayLike<number>;
  readonly kernel: ArrayLike<number>;
  readonly name: ArrayLike<number>;
  /** -1 for a wait. */
  readonly text: ArrayLike<number>;
  readonly startNs: ArrayLike<number>;
  readonly endNs: ArrayLike<number>;
}

interface TimelineWords {
  readonly queues: readonly string[];
  readonly kernels: readonly string[];
  readonly names: readonly string[];
  readonly texts: readonly string[];
  /** By text: lines of the program. */
  readonly lines: readonly (readonly number[])[];
  readonly timeNs: number;
}

export interface TimelineData extends TimelineWords, TimelineColumns {}

/** The same in a file. */
export interface PackedTimeline extends TimelineWords {
  readonly packed: string;
  readonly events: number;
}

export interface KernelSpan {
  readonly name: string;
  readonly ops: string;
  readonly schedule: string;
  readonly startNs: number;
  readonly endNs: number;
  readonly exclusiveNs: number;
  readonly bound: string;
  readonly lines: readonly number[];
}

/** A buffer on chip while its kernel runs. */
export interface BufferPlace {
  readonly name: string;
  readonly kernel: number;
  readonly memory: "sbuf" | "psum";
  readonly addressBytes: number;
  readonly slotBytes: number;
  readonly slots: number;
}

export interface MemoryData {
  readonly sbufBytes: number;
  readonly psumBytes: number;
  readonly places: readonly BufferPlace[];
}

export interface TensorRow {
  readonly name: string;
  readonly role: string;
  readonly readBytes: number;
  readonly writeBytes: number;
}

export interface GraphNode {
  readonly id: number;
  readonly label: string;
  readonly type: string;
  readonly kind: "op" | "input" | "output";
  /** The kernel that it is part of, once fused. */
  readonly kernel?: string;
  readonly line?: number;
}

export interface GraphData {
  readonly title: string;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly (readonly [from: number, to: number])[];
  /** More nodes than are drawn. */
  readonly leftOut: number;
}

export interface StageText {
  readonly title: string;
  readonly text: string;
  /** By line of this text: lines of the program that it comes from. */
  readonly links: Readonly<Record<number, readonly number[]>>;
}

export interface RemarkRow {
  readonly kind: "done" | "missed";
  readonly pass: string;
  readonly text: string;
  readonly line?: number;
}

export interface ChangedLine {
  readonly kind: "same" | "added" | "removed" | "gap";
  readonly text: string;
}

/** What a pass did to the program's text. */
export interface PassChange {
  readonly pass: string;
  readonly summary: string;
  /** What it gives is of another stage, so that there is nothing to compare. */
  readonly isNewStage: boolean;
  /** Lines around each change; none where nothing changed. */
  readonly lines: readonly ChangedLine[];
  /** Changed lines that are left out. */
  readonly leftOut: number;
}

export interface PathKernel {
  readonly kernel: string;
  readonly ns: number;
  readonly parts: readonly {
    readonly unit: string;
    readonly what: string;
    readonly ns: number;
    readonly executions: number;
  }[];
}

export interface PathData {
  readonly launchNs: number;
  readonly tokensNs: number;
  readonly endNs: number;
  readonly kernels: readonly PathKernel[];
}

export interface WhatIfRow {
  readonly what: string;
  readonly savesNs: number;
}

/** What an action is estimated to take of the energy. */
export interface EnergyRow {
  readonly word: string;
  readonly summary: string;
  readonly pj: number;
  /** Of the whole, from 0 to 1. */
  readonly share: number;
}

/** An optimisation that the run would gain from. */
export interface LintRow {
  readonly code: string;
  readonly title: string;
  readonly text: string;
  readonly advice: string;
  readonly savesNs: number;
}

/** The page of one program. */
export interface ReportData {
  readonly kind: "report";
  readonly title: string;
  readonly target: string;
  readonly headline: string;
  readonly timeNs: number;
  readonly figures: readonly Figure[];
  readonly engines: readonly EngineTimes[];
  readonly waits: readonly WaitRow[];
  readonly whatIf: readonly WhatIfRow[];
  readonly lints: readonly LintRow[];
  /** Empty where the machine's file does not speak of energy. */
  readonly energy: readonly EnergyRow[];
  readonly roofline: Roofline;
  readonly timeline: TimelineData;
  readonly kernels: readonly KernelSpan[];
  readonly memory: MemoryData;
  readonly tensors: readonly TensorRow[];
  readonly graphs: readonly GraphData[];
  readonly stages: readonly StageText[];
  readonly passes: readonly PassChange[];
  readonly remarks: readonly RemarkRow[];
  readonly path: PathData | undefined;
  readonly glossary: Readonly<Record<string, string>>;
}

export interface ComparedRun {
  readonly name: string;
  readonly group: string;
  readonly timeNs: number | undefined;
  readonly isFastest: boolean;
  /** Cells of the table, as in `ComparedPage.columns`. */
  readonly cells: readonly string[];
  readonly reason: string;
}

/** What a run takes of what it could trade for each other. */
export interface TradePoint {
  readonly name: string;
  readonly color: number;
  readonly timeNs: number;
  /** At the peak, in each partition. */
  readonly sbufBytes: number;
  /** No other run of its machine and sizes is better in one and no worse in the other. */
  readonly isOnFront: boolean;
}

/** The page of a comparison. */
export interface CompareData {
  readonly kind: "compare";
  readonly title: string;
  readonly columns: readonly string[];
  readonly runs: readonly ComparedRun[];
  readonly reasons: readonly string[];
  readonly roofline: Roofline;
  readonly trades: readonly TradePoint[];
  readonly glossary: Readonly<Record<string, string>>;
}

export type PageData = ReportData | CompareData;

/** What a page's file holds. */
export type StoredPage = CompareData | (Omit<ReportData, "timeline"> & { readonly timeline: PackedTimeline });
