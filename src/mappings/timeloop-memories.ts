// The order of the memories that a Timeloop mapping speaks of, as its architecture says: `nodes` of version 0.4, where what is listed first is
// outermost, or `subtree` and `local` of 0.3.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import { entryOf, itemsOf, spanOf, textOf, type YamlNode } from "./yaml-file.ts";

/** Assumed: hierarchies have some five levels. */
const maxDepth = 64;

export interface Memory {
  readonly name: string;
  /** What only groups units, a container, holds nothing. */
  readonly holdsTiles: boolean;
}

/** The targets, outermost first. */
export function readMemories(
  architecture: YamlNode | undefined,
  targets: readonly string[],
  mapping: YamlNode,
): Result<readonly Memory[]> {
  const wanted = [...new Set(targets)];
  if (architecture === undefined && wanted.length < 2) return ok(wanted.map((name) => ({ name, holdsTiles: true })));
  const wrong = (why: string) =>
    fail([at(problem("E1603", { file: mapping.source.name, why: showName(why) }), spanOf(architecture ?? mapping))]);
  if (architecture === undefined)
    return wrong("there is no `architecture` beside it, which says the order of its memories");
  const memories = memoriesIn(architecture, 0);
  const names = memories.map(({ name }) => name);
  const missing = wanted.find((target) => !names.includes(target));
  if (missing !== undefined) return wrong(`its architecture has no ${missing}, only ${names.join(", ")}`);
  return ok(memories.filter(({ name }, index) => wanted.includes(name) && names.indexOf(name) === index));
}

/** All nodes in their order; `PE[0..15]` is called PE, and in what Timeloop writes `inter_PE_spatial`, of a class of its own. */
function memoriesIn(node: YamlNode, depth: number): readonly Memory[] {
  if (depth > maxDepth) return [];
  const inner = ["nodes", "local", "subtree"].flatMap((key) => itemsOf(entryOf(node, key)) ?? []);
  const name = textOf(entryOf(node, "name"))?.replace(/\[.*$/, "");
  const kind = textOf(entryOf(node, "class"));
  const own = name === undefined ? [] : [{ name, holdsTiles: kind !== undefined && kind !== "dummy_storage" }];
  return [...own, ...inner.flatMap((item) => memoriesIn(item, depth + 1))];
}
