// What the lab's page and its worker say to each other, as plain data. It imports types alone, so that the page's own code shares
// these types and no more.

import type { PassChange, RemarkRow, ReportData, StageText } from "../page/page-data.ts";
import type { DiagnosticJson } from "../report/diagnostics.ts";

/** How a program is compiled: the options of the command, by their names. */
export interface LabOptions {
  readonly target: string;
  readonly strategy: string;
  readonly fuse: string;
  /** Numbers of the machine that are changed, by field. */
  readonly set: Readonly<Record<string, number>>;
  /** Sizes of dimensions, in place of their defaults. */
  readonly dims: Readonly<Record<string, number>>;
  /** Of the file's graphs and schedules; empty where none is chosen. */
  readonly graph: string;
  readonly schedule: string;
}

/** All that a link holds. */
export interface LabState {
  readonly text: string;
  readonly options: LabOptions;
}

export const usualOptions: LabOptions = {
  ...{ target: "trn2", strategy: "heuristic", fuse: "auto", set: {}, dims: {}, graph: "", schedule: "" },
};

/** What is asked of the worker. */
export type LabQuestion =
  | { readonly kind: "facts" }
  | { readonly kind: "diagnose"; readonly state: LabState }
  | { readonly kind: "compile"; readonly state: LabState }
  | { readonly kind: "run"; readonly state: LabState; readonly on: string; readonly seed: number }
  | { readonly kind: "check"; readonly state: LabState; readonly seed: number };

/** A number in each message says which question an answer is for. */
export type Numbered<T> = T & { readonly id: number };

export interface LabAttr {
  readonly name: string;
  /** What it takes: `an axis`. */
  readonly takes: string;
  /** As it is written; empty where it must be given. */
  readonly usual: string;
  readonly choices: readonly string[];
}

export interface LabOp {
  readonly name: string;
  /** `softmax(x, axis=-1)` */
  readonly call: string;
  readonly summary: string;
  /** Markdown, of which backquotes alone are used. */
  readonly detail: string;
  readonly attrs: readonly LabAttr[];
}

/** A kind of token: the source of its expression, which the editor tries in order, and how it is shown. */
export interface LabToken {
  readonly pattern: string;
  readonly style: TokenStyle;
}

export type TokenStyle =
  | "space"
  | "comment"
  | "keyword"
  | "value"
  | "name"
  | "number"
  | "string"
  | "operator"
  | "bracket"
  | "sign"
  | "wrong";

export interface Named {
  readonly name: string;
  readonly summary: string;
}

/** What the page offers, from the compiler's tables. */
export interface LabFacts {
  readonly tokens: readonly LabToken[];
  readonly ops: readonly LabOp[];
  readonly dtypes: readonly string[];
  readonly keywords: readonly string[];
  readonly targets: readonly Named[];
  readonly strategies: readonly string[];
  readonly fusions: readonly string[];
  readonly machineFields: readonly Named[];
  readonly executors: readonly string[];
}

/** The parts of a program that can be chosen. */
export interface ProgramParts {
  readonly graphs: readonly string[];
  readonly schedules: readonly string[];
  readonly dims: readonly { readonly name: string; readonly size: number | undefined }[];
}

/** A compiled program; on a machine, with its report. */
export interface CompiledProgram {
  readonly report: ReportData | undefined;
  readonly profile: string;
  readonly stages: readonly StageText[];
  readonly passes: readonly PassChange[];
  readonly remarks: readonly RemarkRow[];
}

export interface ShownTensor {
  readonly name: string;
  readonly type: string;
  readonly summary: string;
  /** Its rows as texts, where it is small enough to be read. */
  readonly rows: readonly (readonly string[])[] | undefined;
}

export interface RunValues {
  readonly text: string;
  readonly tensors: readonly ShownTensor[];
}

export interface CheckVerdict {
  readonly agree: boolean;
  readonly text: string;
  /** Why there is no WebGPU; empty where there is. */
  readonly noGpu: string;
}

export type LabAnswer =
  | { readonly kind: "facts"; readonly facts: LabFacts }
  | { readonly kind: "diagnosed"; readonly diagnostics: readonly DiagnosticJson[]; readonly parts: ProgramParts }
  | { readonly kind: "wrong"; readonly diagnostics: readonly DiagnosticJson[] }
  | { readonly kind: "compiled"; readonly program: CompiledProgram }
  | { readonly kind: "ran"; readonly values: RunValues }
  | { readonly kind: "checked"; readonly verdict: CheckVerdict }
  | { readonly kind: "failed"; readonly message: string };
