// Compares two launch plans as texts: their modules and steps but for names and comments. Values are not compared: a text leaves out
// constants, and `tgc diff` of the graphs says more.

import type { ComparedPrograms } from "./diff-graphs.ts";
import { leavesOutValues, normalWgsl } from "./normal/normal-wgsl.ts";
import type { ValuesFinding } from "./report.ts";

export function compareWgsl(before: string, after: string): ComparedPrograms {
  const [a, b] = [normalWgsl(before), normalWgsl(after)];
  return { renamed: [], values: findValues(a === b, [before, after].some(leavesOutValues)), before: a, after: b };
}

function findValues(isSameForm: boolean, hasHiddenValues: boolean): ValuesFinding {
  if (!isSameForm) return { kind: "undecided", why: "plans are compared as texts alone; compare their graphs" };
  if (hasHiddenValues) return { kind: "undecided", why: "the texts leave out constants; compare their graphs" };
  return { kind: "identical", why: "the texts are equal but for names and comments" };
}
