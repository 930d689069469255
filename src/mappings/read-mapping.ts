// Files -> the mapping that they hold: Timeloop's, of any number of files or documents, or what ZigZag saved, in one.

import { at, fail, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import type { Mapping } from "./mapping.ts";
import { isTimeloop, readTimeloop } from "./timeloop.ts";
import { entryOf, itemsOf, parseYaml, spanOf, type YamlNode } from "./yaml-file.ts";
import { isZigzag, readZigzag } from "./zigzag.ts";

export function readMapping(sources: readonly Source[]): Result<Mapping> {
  const parsed = sources.map(parseYaml);
  const wrong = parsed.flatMap((file) => (file.ok ? [] : file.error));
  if (wrong.length > 0) return fail(wrong);
  const roots = parsed.flatMap((file) => (file.ok ? file.value : []));
  const zigzag = roots.find(isZigzag);
  if (zigzag !== undefined) return readZigzag(zigzag);
  const timeloop = roots.find(isTimeloop);
  const mapping = entryOf(timeloop, "mapping");
  if (mapping !== undefined) return readTimeloop(roots, mapping);
  const file = sources.map(({ name }) => name).join(", ");
  const ordering = roots.find(isOrdering);
  const why =
    ordering === undefined
      ? "expected a `mapping` of Timeloop or an evaluation that ZigZag saved"
      : "a ZigZag mapping file does not say which memory has which loops; the evaluation that ZigZag saves does";
  return fail([at(problem("E1603", { file, why }), ordering && spanOf(ordering))]);
}

/** ZigZag's mapping file: a list of layers with an order of loops. */
const isOrdering = (root: YamlNode): boolean =>
  (itemsOf(root) ?? []).some(
    (item) => entryOf(item, "spatial_mapping") !== undefined || entryOf(item, "temporal_ordering") !== undefined,
  );
