// Rules of instructions with random numbers: one invocation goes along a partition with its generator.

import { columnOr, type InstRules } from "./rule.ts";
import type { ElementTexts } from "./texts.ts";

const stateWords = [0, 1, 2, 3, 4, 5];

/** A loop along the row of `dst` in which `word` is the generator's next, and the state before and after. */
function withGenerator(texts: ElementTexts<"dst" | "state">, lines: readonly string[]): string {
  const load = stateWords.map((i) => `    var s${i} = ${texts.raw("state", "p", `${i}u`)};`);
  const store = stateWords.map((i) => `    ${texts.store("state", "p", `${i}u`, `s${i}`)}`);
  return `${load.join("\n")}
    for (var f = 0u; f < ${texts.free("dst")}; f++) {
      let mixed = s0 ^ (s0 >> 2u);
      let next = s4 ^ (s4 << 4u) ^ (mixed ^ (mixed << 1u));
      s0 = s1; s1 = s2; s2 = s3; s3 = s4; s4 = next;
      s5 = s5 + 362437u;
      let word = s5 + s4;
${lines.map((line) => `      ${line}`).join("\n")}
    }
${store.join("\n")}`;
}

export const randomRules = {
  random_bits: {
    kind: "rows",
    by: "dst",
    row: (texts) =>
      withGenerator(texts, [texts.store("dst", "p", "f", texts.encodedWhole("dst", "bitcast<i32>(word)"))]),
  },
  dropout: {
    kind: "rows",
    by: "dst",
    row: (texts, { args }) => {
      const given = args.values.probability ?? 0;
      const isColumn = texts.has("probability_column");
      const limit = isColumn ? texts.value("probability_column", "p", "0u") : texts.number("probability", given);
      const end = isColumn ? "u32(ceil(limit * 4294967296.0))" : `u32(${texts.integer("end", wordsBelow(given))})`;
      const kept = `select(${texts.value("src")}, 0.0, limit >= 1.0 || word < end)`;
      return `    let limit = ${limit};
    let end = ${end};
${withGenerator(texts, [texts.store("dst", "p", "f", texts.encoded("dst", kept))])}`;
    },
  },
  rand_set_state: {
    kind: "rows",
    by: "src",
    row: (texts) => `    for (var f = 0u; f < ${texts.free("src")}; f++) {
      ${texts.store("state", "p", "f", texts.raw("src"))}
    }`,
  },
  rand_get_state: { kind: "elements", element: (texts) => `  return ${texts.raw("state")};` },
  rand2: {
    kind: "rows",
    by: "dst",
    row: (texts, { args }) => {
      const number = "low + (high - low) * (f32(word >> 8u) * 5.9604644775390625e-8)";
      return `    let low = ${columnOr(texts, args, "min_column", "min")};
    let high = ${columnOr(texts, args, "max_column", "max")};
    let count = ${texts.free("state")} / 6u;
    for (var first = 0u; first < ${texts.free("dst")}; first += count) {
      for (var g = 0u; g < count; g++) {
${stateWords.map((i) => `        let s${i} = ${texts.raw("state", "p", `(g * 6u + ${i}u)`)};`).join("\n")}
        let mixed = s0 ^ (s0 >> 2u);
        let next = s4 ^ (s4 << 4u) ^ (mixed ^ (mixed << 1u));
${["s1", "s2", "s3", "s4", "next", "s5 + 362437u"]
  .map((word, i) => `        ${texts.store("state", "p", `(g * 6u + ${i}u)`, word)}`)
  .join("\n")}
        let word = s5 + 362437u + next;
        let f = first + g;
        if (f < ${texts.free("dst")}) { ${texts.store("dst", "p", "f", texts.encoded("dst", number))} }
      }
    }`;
    },
  },
} as const satisfies InstRules;

/** How many words, as fractions of 2^32, are less than a number below 1. */
function wordsBelow(probability: number): number {
  return Math.ceil(Math.max(0, Math.min(probability, 1)) * 2 ** 32) | 0;
}
