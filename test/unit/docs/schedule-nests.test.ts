// The nests of SCHEDULES.md: each example of a field changes something.
import { expect, test } from "vitest";
import { kernelKindNames } from "../../../passes/lower/kinds/index.ts";
import { nestExamples } from "../../../src/docs/schedule-nest-examples.ts";
import { nestSections } from "../../../src/docs/schedule-nests.ts";

test.each(kernelKindNames)("every example of the fields of %s changes its nest", (kind) => {
  const fields = Object.entries(nestExamples[kind]).flatMap(([field, example]) => (example === undefined ? [] : field));
  const shown = nestSections(kind).flatMap((text) => /^`(\w+)=/.exec(text)?.[1] ?? []);
  expect(fields.length).toBeGreaterThan(1);
  expect(shown).toEqual(fields);
});
