// THE TABLE OF GENERATED DOCUMENTS: where each lies and the pure function that makes its text. `npm run docs` writes them,
// a test compares them, and `tgc explain` takes its sections from them.

import { cliMarkdown } from "./cli-doc.ts";
import { dtypesMarkdown } from "./dtypes-doc.ts";
import { errorsMarkdown } from "./errors-doc.ts";
import { fileCheckMarkdown } from "./filecheck-doc.ts";
import { glossaryMarkdown } from "./glossary-doc.ts";
import { imageMarkdown } from "./image-doc.ts";
import { isaMarkdown } from "./isa-doc.ts";
import { lintsMarkdown } from "./lints-doc.ts";
import { machineMarkdown } from "./machine-doc.ts";
import { metricsMarkdown } from "./metrics-doc.ts";
import { onnxMarkdown } from "./onnx-doc.ts";
import { opsMarkdown } from "./ops-doc.ts";
import { passesMarkdown } from "./passes-doc.ts";
import { schedulesMarkdown, scheduleTablesMarkdown } from "./schedules-doc.ts";
import { tileOpsMarkdown } from "./tile-ops-doc.ts";

export interface GeneratedDocument {
  /** From the repository's root. */
  readonly path: string;
  /** What its sections are about: "op", "error code". */
  readonly subject: string;
  readonly make: () => string;
  /** What sections are taken from, where making the whole text would take long. */
  readonly makeShort?: () => string;
}

export const documents: readonly GeneratedDocument[] = [
  { path: "ir-spec/OPS.md", subject: "op", make: opsMarkdown },
  { path: "ir-spec/ERRORS.md", subject: "error code", make: errorsMarkdown },
  { path: "ir-spec/DTYPES.md", subject: "dtype", make: dtypesMarkdown },
  {
    path: "ir-spec/SCHEDULES.md",
    subject: "schedule field",
    make: schedulesMarkdown,
    makeShort: scheduleTablesMarkdown,
  },
  { path: "ir-spec/TILE-OPS.md", subject: "tile op", make: tileOpsMarkdown },
  { path: "ir-spec/MACHINE.md", subject: "machine", make: machineMarkdown },
  { path: "passes/PASSES.md", subject: "pass", make: passesMarkdown },
  { path: "targets/neuron/ISA.md", subject: "instruction", make: isaMarkdown },
  { path: "targets/neuron/IMAGE.md", subject: "image", make: imageMarkdown },
  { path: "GLOSSARY.md", subject: "term", make: glossaryMarkdown },
  { path: "LINTS.md", subject: "lint", make: lintsMarkdown },
  { path: "METRICS.md", subject: "metric", make: metricsMarkdown },
  { path: "FILECHECK.md", subject: "rule of CHECK lines", make: fileCheckMarkdown },
  { path: "ONNX.md", subject: "ONNX op", make: onnxMarkdown },
  { path: "CLI.md", subject: "command", make: cliMarkdown },
];
