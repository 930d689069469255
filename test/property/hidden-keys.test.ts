// Random calls of attention whose hidden keys hold NaN, infinities and huge numbers: nothing that a mask hides reaches a result,
// and all that can run a program agree with the reference on it. Values of hidden keys are multiplied by 0, so that NaN there
// is NaN everywhere. TGC_SEED picks other calls, TGC_LONG makes more of them.
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { typeOf } from "../../ir-spec/graph.ts";
import { loadGraph } from "../../src/driver/choose-graph.ts";
import { makeRandom, type Random } from "../../src/find/fuzz/random-choices.ts";
import { makeNodeGpuHost } from "../../targets/gpu-host/node.ts";
import { runGraph } from "../../targets/ref/graph.ts";
import { runValueCase } from "../values/run-case.ts";
import { repeatedTensor, type ValueCase } from "../values/value-case.ts";

const seed = Number(process.env.TGC_SEED ?? 1);
const numRuns = process.env.TGC_LONG === undefined ? 5 : 40;

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`hidden keys are not tested on webgpu: ${adapter.reason}; ${adapter.remedy}`);
afterAll(() => host.close());

const specials: readonly number[] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, -0, 1e-40];

function numbers(random: Random, count: number): number[] {
  return Array.from({ length: count }, () => (random.below(33) - 16) / 8);
}

interface Call {
  readonly found: ValueCase;
  /** The keys with zeros where they are hidden from all queries. */
  readonly cleanKeys: readonly number[];
}

/** One call; a key that the mask hides is hidden from all queries. */
function makeCall(random: Random): Call {
  const [kvHeads, s, d, width] = [1 + random.below(2), 2 + random.below(9), 1 + random.below(5), 1 + random.below(5)];
  const [heads, t] = [kvHeads * (1 + random.below(2)), 1 + random.below(s)];
  const isCausal = random.oneIn(2);
  const isSeen = Array.from({ length: s }, (_unused, key) => key === 0 || random.oneIn(2));
  const cleanKeys = numbers(random, kvHeads * s * d);
  const isHidden = (index: number): boolean => !isSeen[Math.floor(index / d) % s];
  const keys = cleanKeys.map((x, index) => (isHidden(index) ? random.pick(specials) : x));
  const values = numbers(random, kvHeads * s * width);
  if (random.oneIn(3)) values[random.below(values.length)] = random.pick(specials.slice(0, 3));
  const text = `graph main(q: f32[${heads}, ${t}, ${d}], k: f32[${kvHeads}, ${s}, ${d}], v: f32[${kvHeads}, ${s}, ${width}], m: bool[1, ${s}]) -> (y: f32[${heads}, ${t}, ${width}]) {
  y = attention(q, k, v, m, is_causal=${isCausal})
}
`;
  const inputs = new Map<string, readonly number[]>([
    ["q", numbers(random, heads * t * d)],
    ["k", keys],
    ["v", values],
    ["m", isSeen.map(Number)],
  ]);
  const found = { name: "hidden-keys", text, inputs, expected: new Map(), tolerance: 0, refusals: new Map() };
  return { found, cleanKeys: cleanKeys.map((x, index) => (isHidden(index) ? 0 : x)) };
}

function runReference({ text }: ValueCase, inputs: ValueCase["inputs"]): readonly number[] {
  const loaded = loadGraph({ name: "hidden-keys.tg", text }, {});
  if (!loaded.ok) throw new Error(text);
  const { graph } = loaded.value;
  const tensors = graph.params.map(
    ({ name, value }) => [name, repeatedTensor(typeOf(graph, value), inputs.get(name) ?? [])] as const,
  );
  return [...(runGraph(graph, new Map(tensors), { rounding: true }).get("y")?.data ?? [])];
}

test(`what a mask hides is not seen, seed ${seed}`, async () => {
  const calls = fc.integer().map((picked) => makeCall(makeRandom(picked)));
  const property = fc.asyncProperty(calls, async ({ found, cleanKeys }) => {
    const clean = new Map([...found.inputs, ["k", cleanKeys]]);
    expect(runReference(found, found.inputs)).toEqual(runReference(found, clean));
    expect(await runValueCase(found, adapter.ok ? host : undefined)).toEqual([]);
  });
  await fc.assert(property, { numRuns, seed });
});
