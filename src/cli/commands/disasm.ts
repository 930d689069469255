// `tgc disasm`: a binary image as assembler text.

import { fail } from "../../../ir-spec/base/result.ts";
import { maxImageBytes } from "../../../ir-spec/limits.ts";
import { printStream } from "../../../targets/neuron/asm/print-stream.ts";
import { decodeStream } from "../../../targets/neuron/encode/decode.ts";
import { printNormalStream } from "../../diff/stream/normal-stream.ts";
import { defaultMachineName } from "../../driver/targets.ts";
import { readBytes } from "../files.ts";
import { loadTarget } from "../load.ts";
import { type CommandContext, type CommandResult, textTo } from "../outcome.ts";
import type { Given } from "../specs.ts";

export function disasmCommand({ args, options }: Given<"disasm">, { io }: CommandContext): CommandResult {
  const image = readBytes(io.cwd, args.file, maxImageBytes);
  if (!image.ok) return image;
  const { target: asked, set } = options;
  const isAsked = asked !== undefined || set.length > 0;
  const target = isAsked ? loadTarget(io.cwd, asked ?? defaultMachineName, set) : undefined;
  if (target?.ok === false) return target;
  const stream = decodeStream(image.value, target === undefined ? {} : { machine: target.value.machine });
  if (!stream.ok) return fail(stream.error.map((wrong) => ({ ...wrong, notes: [{ text: `in ${args.file}` }] })));
  const text = options.emit === "normal" ? printNormalStream(stream.value) : printStream(stream.value);
  const json = { stream: stream.value.name, machine: stream.value.machine, imageBytes: image.value.length, text };
  return textTo(options.output, text, json);
}
