// Random chains: sizes and steps are an arbitrary's own, so that a failing chain is shrunk.
import fc from "fast-check";
import type { ChainSpec, Step, StepKind } from "./chain-text.ts";

const size = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 24 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 50 }) },
  { weight: 3, arbitrary: fc.constantFrom(8, 16, 32, 64, 1) },
);

const columns = fc.oneof({ weight: 30, arbitrary: size }, { weight: 1, arbitrary: fc.integer({ min: 500, max: 530 }) });

const usualSteps: readonly StepKind[] = [
  "scale",
  "bias",
  "position",
  "mask",
  "mask",
  "given",
  "cap",
  "function",
  "softmax",
  "softmax",
];
const moreSteps: readonly StepKind[] = ["norm", "reduced", "repeated", "aside", "residual", "result", "cast"];

const rowWise = stepOf(fc.constantFrom(...usualSteps, ...moreSteps));
const products = stepOf(fc.constantFrom<StepKind>("product", "product", "product", "gated"));
const attended: fc.Arbitrary<readonly Step[]> = fc
  .tuple(
    products,
    fc.array(rowWise, { maxLength: 1 }),
    stepOf(fc.constantFrom<StepKind>("mask", "given", "cast")),
    stepOf(fc.constant<StepKind>("softmax")),
    products,
  )
  .map(([scores, between, mask, weights, last]) => [scores, ...between, mask, weights, last]);

function stepOf(kind: fc.Arbitrary<StepKind>, width = columns): fc.Arbitrary<Step> {
  return fc.record({ kind, size: width, own: fc.nat(2 ** 31 - 1) });
}

const mixed: fc.Arbitrary<readonly Step[]> = fc
  .array(fc.tuple(fc.array(rowWise, { maxLength: 3 }), products), { minLength: 1, maxLength: 3 })
  .map((groups) => groups.flatMap(([before, last]) => [...before, last]));

const chainsOf = (main: fc.Arbitrary<readonly Step[]>, isKernel: fc.Arbitrary<boolean>): fc.Arbitrary<ChainSpec> =>
  fc.record({
    batch: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
    rows: size,
    columns,
    dtype: fc.constantFrom("f32", "bf16", "f16"),
    isKernel,
    steps: fc.tuple(main, fc.array(rowWise, { maxLength: 2 })).map(([first, after]) => [...first, ...after]),
  });

/** Chains with one to three products. */
export const chainSpec: fc.Arbitrary<ChainSpec> = chainsOf(fc.oneof(mixed, attended), fc.boolean());

/** Chains with rows that are long for small tiles, most of which can come in blocks. */
export const blockedSpec: fc.Arbitrary<ChainSpec> = chainsOf(
  fc
    .tuple(
      stepOf(fc.constant<StepKind>("product"), fc.integer({ min: 17, max: 60 })),
      fc.array(stepOf(fc.constantFrom(...usualSteps, "cast")), { maxLength: 2 }),
      stepOf(fc.constantFrom<StepKind>("softmax", "softmax", "softmax", "function", "reduced")),
      products,
    )
    .map(([scores, between, weights, last]) => [scores, ...between, weights, last]),
  fc.constant(true),
);
