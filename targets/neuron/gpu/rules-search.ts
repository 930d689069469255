// Rules of the general engine's instructions that look for elements. One invocation does what one processor of the engine
// does: that of the first partition of a group.

import type { HasValues } from "../isa/define.ts";
import type { InstRules, RuleInput } from "./rule.ts";
import type { ElementTexts } from "./texts.ts";

/** Statements that leave all but the first partitions of groups alone; `group` is known after them. */
const onlyFirst = (texts: Pick<ElementTexts, "integer">, { args }: RuleInput<HasValues<"group", number>>): string =>
  `    let group = u32(${texts.integer("group", args.values.group)});
    if (p % group != 0u) { continue; }`;

export const searchRules = {
  topk: {
    kind: "rows",
    by: "src",
    readsElsewhere: true,
    // Each turn finds the largest of those that come after the last one found: smaller ones, and equal ones further on.
    row: (texts, input) => {
      const count = (name: "n" | "k"): string => `u32(${texts.integer(name, input.args.values[name])})`;
      const store = (operand: "values" | "indices", bits: string): string =>
        texts.store(operand, "row", "column", bits);
      const place = `let row = p + at % group;
      let column = at / group;`;
      return `${onlyFirst(texts, input)}
    let n = ${count("n")};
    let k = ${count("k")};
    var last = 0.0;
    var last_at = 0u;
    for (var turn = 0u; turn < k; turn++) {
      var best = 0.0;
      var best_at = n;
      for (var i = 0u; i < n; i++) {
        let x = ${texts.value("src", "(p + i % group)", "i / group")};
        let is_behind = turn == 0u || x < last || (x == last && i > last_at);
        if (is_behind && (best_at == n || x > best)) { best = x; best_at = i; }
      }
      last = best;
      last_at = best_at;
      let at = k - 1u - turn;
      ${place}
      ${store("values", texts.raw("src", "(p + best_at % group)", "best_at / group"))}
      ${store("indices", "best_at")}
    }
    for (var at = k; at < ${texts.free("values")} * group; at++) {
      ${place}
      ${store("values", texts.encoded("values", "float_of(0x7fc00000u)"))}
      ${store("indices", "0xffffffffu")}
    }`;
    },
  },
  nonzero_with_count: {
    kind: "rows",
    by: "src",
    readsElsewhere: true,
    row: (texts, input) => {
      const number = (name: "index_offset" | "padding"): string => texts.integer(name, input.args.values[name]);
      const store = (f: string, x: string): string => texts.store("dst", "p", f, `bitcast<u32>(${x})`);
      return `${onlyFirst(texts, input)}
    var count = 0u;
    for (var f = 0u; f < ${texts.free("src")}; f++) {
      if (is_nonzero(${texts.value("src")})) {
        ${store("count", `${number("index_offset")} + i32(f)`)}
        count++;
      }
    }
    for (var f = count; f < ${texts.free("src")}; f++) {
      ${store("f", number("padding"))}
    }
    ${store(texts.free("src"), "i32(count)")}`;
    },
  },
  sequence_bounds: {
    kind: "elements",
    readsElsewhere: true,
    element: (texts) => {
      // Integers that are not 0 are equal where their bits are, in both dtypes.
      const id = (f: string): string => texts.raw("segments", "0u", f);
      return `  let n = ${texts.free("segments")};
  let is_end = f >= n;
  var at = f % n;
  let own = ${id("at")};
  if (!is_nonzero(${texts.value("segments", "0u", "at")})) { return ${texts.encodedWhole("dst", "select(i32(n), -1, is_end)")}; }
  if (is_end) {
    while (at + 1u < n && ${id("(at + 1u)")} == own) { at++; }
    return ${texts.encodedWhole("dst", "i32(at + 1u)")};
  }
  while (at > 0u && ${id("(at - 1u)")} == own) { at--; }
  return ${texts.encodedWhole("dst", "i32(at)")};`;
    },
  },
} as const satisfies InstRules;
