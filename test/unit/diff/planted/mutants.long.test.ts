// Mutants of streams, some hundred: none that is unsound or gives other values is called cosmetic or performance, and few that are
// neither are called meaning.
import { expect, test } from "vitest";
import { sampleMutants } from "../../../property/mutations.ts";
import { isOtherStream } from "./oracle.ts";
import { asStream, branches, judge, options, rows, streamOf } from "./planted.ts";

const attention = `graph attention(q: f32[2, 8, 4], k: f32[2, 8, 4], v: f32[2, 8, 4]) -> (y: f32[2, 8, 4]) {
  y = attention(q, k, v, is_causal=true)
}`;
const norms = `graph norms(x: bf16[20, 24], weight s: bf16[24], weight b: bf16[24], weight w: bf16[24, 40]) -> (y: bf16[20, 40]) {
  y = gelu(matmul(layer_normalization(x, s, b, epsilon=1e-5), w))
}`;

const perProgram = 80;

test.each([
  ["branches", branches],
  ["rows", rows],
  ["attention", attention],
  ["norms", norms],
])("mutants of %s", (_name, text) => {
  const stream = streamOf(text);
  const { machine } = options.target;
  const seed = 7;
  let [harmless, tooHarsh] = [0, 0];
  for (const mutant of sampleMutants(stream, seed, perProgram)) {
    const { verdict, values } = judge({
      name: mutant.name,
      expected: "meaning",
      before: asStream(stream),
      after: asStream(mutant.stream),
    });
    const isOther = isOtherStream(stream, mutant.stream, machine, [11, 12, 13]);
    if (isOther) expect(verdict, `${mutant.name} (seed ${seed}): ${JSON.stringify(values)}`).toBe("meaning");
    else {
      harmless++;
      // A difference that the oracle's few inputs do not show is one all the same.
      if (verdict === "meaning" && values.kind !== "differ") tooHarsh++;
    }
  }
  expect(tooHarsh).toBe(0);
  expect(harmless).toBeLessThan(perProgram);
});
