// Names of a model as names of the language: what it does not allow becomes `_`, and no name is given twice.

import { isLanguageName } from "../../../ir-spec/base/names.ts";

/** Assumed: longer ones nobody reads. */
const maxCharacters = 80;

/** The name without what the language does not allow; `other` where nothing is left. */
export function cleanName(name: string, other: string): string {
  const plain = withoutDecoration(name)
    .replace(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .slice(0, maxCharacters);
  const word = /^[A-Za-z]/.test(plain) ? plain : plain === "" ? other : `${other}_${plain}`;
  return isLanguageName(word) ? word : `${word}_`;
}

/** Gives each name once; the set of those that are taken grows in place. */
export function uniqueName(name: string, taken: Set<string>): string {
  let unique = name;
  for (let count = 1; taken.has(unique); count++) unique = `${name}_${count}`;
  taken.add(unique);
  return unique;
}

/** Exporters append the number of an output; expanded functions put the names of their callers before each name. */
function withoutDecoration(name: string): string {
  const own = name.slice(name.lastIndexOf("_function_") + 1).replace(/^function_/, "");
  return own.replace(/_output_0$/, "");
}
