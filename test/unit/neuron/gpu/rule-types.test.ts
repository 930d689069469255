// The rules of instructions on the GPU are held against the instruction table by the type checker. Each `@ts-expect-error` is an error of
// `npm run types` if the line after it compiles.

import { expect, test } from "vitest";
import type { RuleOf } from "../../../../targets/neuron/gpu/rule.ts";
import { argsIfOf } from "../../../../targets/neuron/inst-args.ts";
import { makeArgs, tile, withDefaults } from "../isa-fixtures.ts";

test("a rule has the operands and values of its instruction", () => {
  const rules: readonly RuleOf<"tensor_reduce">[] = [
    { kind: "rows", by: "src", row: (texts, { args }) => texts.value("src") + args.values.op },
    // @ts-expect-error: no such operand
    { kind: "rows", by: "scr", row: (texts) => texts.value("src") },
    // @ts-expect-error: no such operand
    { kind: "rows", by: "src", row: (texts) => texts.value("lhs") },
    // @ts-expect-error: no such value
    { kind: "rows", by: "src", row: (texts, { args }) => texts.value("src") + args.values.opp },
    // @ts-expect-error: no such operator
    { kind: "rows", by: "src", row: (texts, { args }) => (args.values.op === "plus" ? texts.value("src") : "") },
  ];
  expect(rules).toHaveLength(5);
});

test("arguments are those of an instruction if they are of one of a name", () => {
  const copies = new Set(["tensor_copy", "dma_copy"] as const);
  const args = withDefaults("tensor_copy", makeArgs({ dst: tile("f32", 8, 4), src: tile("bf16", 8, 4) }));
  expect(argsIfOf(copies, "tensor_copy", args)?.operands.src.dtype).toBe("bf16");
  expect(argsIfOf(copies, "tensor_reduce", args)).toBeUndefined();
  // @ts-expect-error: no such operand
  expect(argsIfOf(copies, "tensor_copy", args)?.operands.lhs).toBeUndefined();
});
