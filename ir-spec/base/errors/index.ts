// THE ERROR-CODE TABLE: every code a user can meet, `Ennnn`, never reused. One file per family of codes.

import { showName } from "../shown-text.ts";
import { allocationErrors } from "./allocation.ts";
import type { ErrorRow, Holes } from "./define.ts";
import { encodingErrors } from "./encoding.ts";
import { fileErrors } from "./files.ts";
import { graphErrors } from "./graph.ts";
import { importErrors } from "./imports.ts";
import { instructionErrors } from "./instructions.ts";
import { internalErrors } from "./internal.ts";
import { labErrors } from "./lab.ts";
import { machineErrors } from "./machine.ts";
import { nameErrors } from "./names.ts";
import { passErrors } from "./passes.ts";
import { shapeErrors } from "./shapes.ts";
import { simulationErrors } from "./simulation.ts";
import { stablehloErrors } from "./stablehlo.ts";
import { tensorFileErrors } from "./tensor-files.ts";
import { testErrors } from "./tests.ts";
import { textErrors } from "./text.ts";
import { tileProgramErrors } from "./tile-programs.ts";
import { tilingErrors } from "./tiling.ts";
import { tuningErrors } from "./tuning.ts";
import { wgslErrors } from "./wgsl.ts";
import { whyErrors } from "./why.ts";

export const errors = {
  ...textErrors,
  ...nameErrors,
  ...shapeErrors,
  ...graphErrors,
  ...passErrors,
  ...tilingErrors,
  ...tileProgramErrors,
  ...instructionErrors,
  ...allocationErrors,
  ...encodingErrors,
  ...simulationErrors,
  ...machineErrors,
  ...wgslErrors,
  ...fileErrors,
  ...stablehloErrors,
  ...tensorFileErrors,
  ...testErrors,
  ...importErrors,
  ...tuningErrors,
  ...labErrors,
  ...whyErrors,
  ...internalErrors,
} as const;

export type ErrorCode = keyof typeof errors;

/** The holes of a code's message, each a string or a number. */
export type ErrorArgs<C extends ErrorCode> = {
  readonly [H in Holes<(typeof errors)[C]["message"]>]: string | number;
};

export function errorRow(code: ErrorCode): ErrorRow {
  return errors[code];
}

export type Severity = "error" | "warning";

/** Whether a diagnostic with the code stops what it is about. */
export function severityOf(code: ErrorCode): Severity {
  return errorRow(code).severity ?? "error";
}

/** The holes of a diagnostic, by name; what comes from files is shown as `showName` says. */
export type HoleValues = Readonly<Record<string, string | number>>;

/** Fills the holes of a code's message. */
export function errorMessage(code: ErrorCode, args: HoleValues): string {
  return fillHoles(errors[code].message, args);
}

/** Fills the holes of a code's help. */
export function errorHelp(code: ErrorCode, args: HoleValues): string {
  return fillHoles(errors[code].help, args);
}

function fillHoles(text: string, args: HoleValues): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => showName(String(args[name] ?? hole)));
}
