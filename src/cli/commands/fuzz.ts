// `tgc fuzz`: random programs on all executors of this process; those that fail are shrunk and saved.

import { ok } from "../../../ir-spec/base/result.ts";
import { type FuzzFailure, fuzz } from "../../find/fuzz/fuzz.ts";
import { loadTarget } from "../load.ts";
import type { CommandContext, CommandResult } from "../outcome.ts";
import type { Given } from "../specs.ts";

export async function fuzzCommand({ options }: Given<"fuzz">, { io, nowMs }: CommandContext): Promise<CommandResult> {
  const target = options.target === undefined ? undefined : loadTarget(io.cwd, options.target, options.set);
  if (target?.ok === false) return target;
  const endMs = nowMs() + options.seconds * 1000;
  const isInterrupted = io.watchInterrupts?.() ?? (() => false);
  const { progress } = io;
  const report = await fuzz(options.seed, target?.value, {
    programs: options.budget,
    isOver: () => isInterrupted() || nowMs() >= endMs,
    tellProgram: progress && ((done, failed) => progress(`\r\u001b[K${done} programs, ${failed} failures`)),
  });
  progress?.("\r\u001b[K");
  const { programs, refused, failures } = report;
  const saved = failures.map((failure) => ({ ...failure, file: `${options.out}/fuzz-${failure.seed}.tg` }));
  const lines = saved.map(({ file, keep, seen }) => `${file}: ${keep}, ${seen}`);
  return ok({
    exitCode: failures.length === 0 ? 0 : 1,
    text: `${[`${programs} programs, ${failures.length} failures; ${refused} did not fit their machine or schedule`, ...lines].join("\n")}\n`,
    json: { ...report, failures: saved },
    files: saved.map((failure) => ({ path: failure.file, content: fileOf(failure) })),
  });
}

function fileOf({ text, options, keep, seen, seed, file }: FuzzFailure & { readonly file: string }): string {
  return `// ${keep}: ${seen}\n// tgc check ${file} ${options}\n// tgc fuzz --seed ${seed} --budget 1\n${text}`;
}
