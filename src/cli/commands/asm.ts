// `tgc asm`: assembler text, checked, in canonical form or as a binary image.

import { fail, ok } from "../../../ir-spec/base/result.ts";
import { parseLocatedStream } from "../../../targets/neuron/asm/parse-stream.ts";
import { printStream } from "../../../targets/neuron/asm/print-stream.ts";
import { checkStream } from "../../../targets/neuron/check/check.ts";
import { encodeStream } from "../../../targets/neuron/encode/encode.ts";
import { checkMadeFor } from "../../../targets/neuron/made-for.ts";
import { printNormalStream } from "../../diff/stream/normal-stream.ts";
import { stageOfFile, stageWords, wrongStage } from "../../driver/programs.ts";
import { readSource } from "../files.ts";
import { loadTargetOf } from "../load.ts";
import { type CommandContext, type CommandResult, contentTo, noteLine } from "../outcome.ts";
import type { Given } from "../specs.ts";

export function asmCommand({ args, options }: Given<"asm">, { io }: CommandContext): CommandResult {
  // Assembler text may have any ending but that of another stage.
  const stage = stageOfFile(args.file);
  if (stage === "tiles" || args.file.endsWith(".tg")) return fail([wrongStage(args.file, stage, stageWords.stream)]);
  const source = readSource(io.cwd, args.file);
  if (!source.ok) return source;
  const read = parseLocatedStream(source.value);
  if (!read.ok) return read;
  const { stream, spanOf } = read.value;
  const target = loadTargetOf(io.cwd, stream.machine, options);
  if (!target.ok) return target;
  const otherMachine = checkMadeFor(stream, target.value.machine);
  if (otherMachine.length > 0) return fail(otherMachine);
  const report = checkStream(stream, target.value.machine, { spanOf });
  if (!report.ok) return fail(report.diagnostics);
  const isImage = options.output?.endsWith(".bin") === true;
  const content = isImage
    ? encodeStream(stream, target.value.machine)
    : ok(options.emit === "normal" ? printNormalStream(stream) : printStream(stream));
  if (!content.ok) return content;
  const { notes, executedInstructions } = report;
  const json = { stream: stream.name, machine: target.value.name, executedInstructions };
  const log = notes.map((note) => noteLine(note.text)).join("");
  return contentTo(options.output, content.value, { ...json, notes: notes.map((note) => note.text) }, { log });
}
