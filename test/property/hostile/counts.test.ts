// Counts that a model may say, each in turn very large or negative: they are refused before anything is made for them.
import { expect, test } from "vitest";
import { modelsWithCount, useModel } from "./models.ts";

// Assumed: lists for all of a count would not fit the memory, nor would a loop over it end.
test.each([2 ** 31 - 1, 2 ** 40, -2])("a model with %d in the place of any number is taken or refused", (count) => {
  const fates = modelsWithCount(count).map(useModel);
  expect(fates.length).toBeGreaterThan(50);
  expect(fates.filter((fate) => fate !== "taken").length).toBeGreaterThan(10);
});
