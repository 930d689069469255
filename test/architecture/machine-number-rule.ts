// The rule that a machine's numbers are in its machine file and nowhere else: such a number, written as a literal in
// `passes` or `targets/neuron`, would quietly tie the compiler to one machine.
import type { SourceFile } from "./source-files.ts";
import type { Token } from "./tokens.ts";

/** Numbers below this are too common to tell a machine's number from any other. */
const smallestTellingNumber = 64;

/** Numbers that machine files hold too, but that mean something else in code. */
const allowedNumbers: ReadonlyMap<number, string> = new Map([
  [100, "per cent"],
  [1000, "unit conversion"],
  [1e6, "unit conversion"],
  [1e9, "unit conversion: seconds to nanoseconds"],
  [1024, "unit conversion: KiB"],
  [1024 ** 2, "unit conversion: MiB"],
  [1024 ** 3, "unit conversion: GiB"],
]);

/** Collects the numbers of a parsed machine file that must not be in code. */
export const collectMachineNumbers = (value: unknown): readonly number[] => {
  if (typeof value === "number") return value >= smallestTellingNumber && !allowedNumbers.has(value) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(collectMachineNumbers);
};

/** Complains of each literal, or product or shift of literals, that is one of the machines' numbers. */
export const checkMachineNumbers = (
  files: readonly SourceFile[],
  machineNumbers: ReadonlySet<number>,
): readonly string[] => {
  const complaints: string[] = [];
  for (const { path, tokens } of files) {
    if (!/^(passes|targets\/neuron)\//.test(path) || path.startsWith("targets/neuron/machines/")) continue;
    for (const [index, token] of tokens.entries()) {
      if (token.kind !== "number") continue;
      const bad = literalValues(tokens, index).find((value) => machineNumbers.has(value));
      if (bad !== undefined)
        complaints.push(`${path}:${token.line}: ${bad} is a machine's number; take it from the machine`);
    }
  }
  return complaints;
};

/** The value of the literal at `start`, and of each longer run of literals joined by `*`, `**` or `<<`. */
const literalValues = (tokens: readonly Token[], start: number): readonly number[] => {
  const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
    "*": (a, b) => a * b,
    "**": (a, b) => a ** b,
    "<<": (a, b) => a * 2 ** b,
  };
  const values = [literalValue(tokens[start])];
  for (let index = start + 1; tokens[index + 1]?.kind === "number"; index += 2) {
    const operation = operations[tokens[index]?.text ?? ""];
    if (operation === undefined) break;
    values.push(operation(values.at(-1) ?? Number.NaN, literalValue(tokens[index + 1])));
  }
  return values;
};

const literalValue = (token: Token | undefined): number => Number(token?.text.replace(/_|n$/g, ""));
