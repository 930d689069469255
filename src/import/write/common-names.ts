// Names for what several names stand for: what they have in common.

import { isLanguageName } from "../../../ir-spec/base/names.ts";

const wordsOf = (name: string): readonly string[] => name.split("_").filter((word) => word !== "");

/** `layer_0_query` and `layer_1_query` are `layer_query`; the empty text where nothing is common. */
export function commonName(names: readonly string[]): string {
  const [first = "", ...others] = names;
  const sets = others.map((name) => new Set(wordsOf(name)));
  const name = wordsOf(first)
    .filter((word) => sets.every((words) => words.has(word)))
    .join("_");
  return isLanguageName(name) ? name : "";
}

/** The words with which all names begin; a name is never all of them. */
export function commonPrefix(names: readonly string[]): string {
  const lists = names.map(wordsOf);
  const [first = []] = lists;
  const shortest = Math.min(...lists.map((words) => words.length));
  const differs = first.findIndex(
    (word, place) => place === shortest - 1 || lists.some((words) => words[place] !== word),
  );
  return first.slice(0, Math.max(differs, 0)).join("_");
}

/** The name without a prefix, where a name is left. */
export function withoutPrefix(name: string, prefix: string): string {
  const rest = name.startsWith(`${prefix}_`) ? name.slice(prefix.length + 1) : name;
  return isLanguageName(rest) ? rest : name;
}
