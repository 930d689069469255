// Kernels have the functions that they call and no others: what is written beside the library is found by name.
import { expect, test } from "vitest";
import { functionsOf, withFunctions } from "../../../../targets/gpu-host/wgsl/functions.ts";
import { aluFunctions } from "../../../../targets/neuron/gpu/alu-texts.ts";
import { dtypeFunctions } from "../../../../targets/neuron/gpu/dtype-texts.ts";
import { mxFunctions } from "../../../../targets/neuron/gpu/mx-texts.ts";

const text = [dtypeFunctions, aluFunctions, mxFunctions].map((part) => part.trim()).join("\n");

test("each function of a text is found once, whole, with its comments", () => {
  const found = functionsOf(text);
  expect(Object.keys(found)).toEqual([...text.matchAll(/^fn (\w+)/gm)].map(([, name]) => name));
  expect(Object.values(found).join("\n")).toBe(text);
});

test("a text gets what it calls, directly or through others", () => {
  const found = [...withFunctions("x = mish_f32(y);", functionsOf(text)).matchAll(/^fn (\w+)/gm)].map(
    ([, name]) => name,
  );
  expect(found).toContain("mish_f32");
  expect(found).toContain("exp_f32");
  expect(found).not.toContain("gelu_dx_f32");
});
