// The call of the command that does what the page does.

import { type LabOptions, usualOptions } from "./lab-data.ts";

/** `tgc profile program.tg --target trn1 --set dmaEngines=32` */
export function commandLine(command: string, options: LabOptions): string {
  const { set, dims, ...words } = options;
  const named = Object.entries(words).flatMap(([name, value]) =>
    value === usualOptions[name as keyof typeof words] ? [] : [`--${name} ${value}`],
  );
  const pairs = (name: string, values: LabOptions["set"]): readonly string[] =>
    Object.entries(values).map(([key, value]) => `--${name} ${key}=${value}`);
  return ["tgc", command, "program.tg", ...named, ...pairs("dim", dims), ...pairs("set", set)].join(" ");
}
