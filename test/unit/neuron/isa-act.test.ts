// What the scalar engine takes on which machine, and how fast: copies, operations with scalars, and pairs of them.
import { describe, expect, test } from "vitest";
import type { Dtype } from "../../../ir-spec/base/dtype.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Machine } from "../../../ir-spec/machine.ts";
import type { ResolvedArgs, ResolvedOperand } from "../../../targets/neuron/isa/define.ts";
import type { InstName } from "../../../targets/neuron/isa/index.ts";
import { machineByName } from "../../../targets/neuron/machines/index.ts";
import { cyclesOf, makeArgs, problemsOf, tile } from "./isa-fixtures.ts";

const [trn1, trn2, trn3] = ["trn1", "trn2", "trn3"].map(machineByName);
invariant(trn1 !== undefined && trn2 !== undefined && trn3 !== undefined, "they are shipped");

const dst = tile("f32", 8, 16);
const src = tile("f32", 8, 16);
const codes = (name: InstName, args: ResolvedArgs, machine: Machine): readonly string[] =>
  problemsOf(name, args, "act", machine).map(({ code }) => code);

describe("operations with scalars", () => {
  const scalar = (op0: string, op1: string | null = null) =>
    makeArgs({ dst, src }, { op0, imm0: 2, op1, imm1: op1 === null ? null : 3 });
  const rows = [
    ["multiply and add", scalar("multiply", "add"), [["E0714"], [], []]],
    ["multiply", scalar("multiply"), [["E0714"], [], []]],
    ["add", scalar("add"), [["E0714"], [], []]],
    ["subtract", scalar("subtract"), [["E0714"], ["E0715"], []]],
    ["add and multiply", scalar("add", "multiply"), [["E0714"], ["E0715"], []]],
    ["multiply and subtract", scalar("multiply", "subtract"), [["E0714"], ["E0715"], []]],
  ] as const;
  test.each(rows)("%s on trn1, trn2 and trn3", (_what, args, wanted) => {
    expect([trn1, trn2, trn3].map((machine) => codes("tensor_scalar", args, machine))).toEqual(wanted);
  });
});

test("a copy of integers is exact, or refused", () => {
  const copy = (from: Dtype, to: Dtype) => makeArgs({ dst: tile(to, 8, 16), src: tile(from, 8, 16) });
  expect(codes("tensor_copy", copy("i32", "i32"), trn1)).toEqual(["E0707"]);
  expect(codes("tensor_copy", copy("i32", "f32"), trn1)).toEqual([]);
  expect(codes("tensor_copy", copy("i32", "i32"), trn2)).toEqual([]);
  expect(problemsOf("tensor_copy", copy("i32", "i32"), "dve", trn1)).toEqual([]);
});

test("2-byte elements are twice as fast on trn3, unless PSUM's side has strides", () => {
  const cyclesPer512 = (machine: Machine, from: Partial<ResolvedOperand>, dtype: Dtype = "bf16") => {
    const args = makeArgs(
      { dst: tile("bf16", 128, 512), src: tile(dtype, 128, 512, from) },
      { op0: "multiply", imm0: 2, op1: null },
    );
    return (["tensor_copy", "tensor_scalar"] as const).map(
      (name) => cyclesOf(name, args, "act", machine).issueCycles - machine.actOverheadCycles,
    );
  };
  const inPsum = { memory: "psum" } as const;
  expect(cyclesPer512(trn2, {})).toEqual([512, 512]);
  expect(cyclesPer512(trn3, {})).toEqual([256, 256]);
  expect(cyclesPer512(trn3, { strides: [2] })).toEqual([256, 256]);
  expect(cyclesPer512(trn3, inPsum)).toEqual([256, 256]);
  expect(cyclesPer512(trn3, { ...inPsum, strides: [2] })).toEqual([512, 512]);
  expect(cyclesPer512(trn3, {}, "f32")).toEqual([512, 512]);
});

describe("prelu, and a bias that is a number", () => {
  const column = tile("f32", 8, 1);
  const rows = [
    ["a slope", makeArgs({ dst, src }, { func: "prelu", slope: 0.1 }), []],
    ["slopes", makeArgs({ dst, src, slopes: column }, { func: "prelu" }), []],
    ["no slope", makeArgs({ dst, src }, { func: "prelu" }), ["E0711"]],
    ["both", makeArgs({ dst, src, slopes: column }, { func: "prelu", slope: 0.1 }), ["E0711"]],
    ["a slope of another function", makeArgs({ dst, src }, { func: "relu", slope: 0.1 }), ["E0715"]],
    ["slopes of another shape", makeArgs({ dst, src, slopes: dst }, { func: "prelu" }), ["E0701"]],
  ] as const;
  test.each(rows)("%s", (_what, args, wanted) => {
    expect(codes("activation", args, trn3)).toEqual(wanted);
    expect(codes("activate2", args, trn3)).toEqual(wanted);
  });

  test("a bias is a column or a number, from trn2 on", () => {
    const number = makeArgs({ dst, src }, { func: "exp", imm_bias: 0.1 });
    expect([trn1, trn2, trn3].map((machine) => codes("activation", number, machine))).toEqual([["E0714"], [], []]);
    expect(codes("activation", makeArgs({ dst, src, bias: column }, { imm_bias: 0.1 }), trn2)).toEqual(["E0711"]);
  });

  test("prelu needs no table", () => {
    const cycles = (values: ResolvedArgs["values"]) =>
      cyclesOf("activation", makeArgs({ dst, src }, values), "act", trn2);
    expect(cycles({ func: "prelu", slope: 0.1 })).toEqual(cycles({ func: "relu" }));
  });
});

describe("activate2", () => {
  const given = { func: "exp", fold_op: null };
  const fold = tile("f32", 8, 1);
  const rows = [
    ["a sum of two", makeArgs({ dst, src }, { ...given, op0: "add", imm0: 1, op1: "add", imm1: 1 }), ["E0715"]],
    ["a second operation alone", makeArgs({ dst, src }, { ...given, op1: "add", imm1: 1 }), ["E0715"]],
    ["an operation without its scalar", makeArgs({ dst, src }, { ...given, op0: "add" }), ["E0711"]],
    ["a scalar without its operation", makeArgs({ dst, src }, { ...given, imm0: 1 }), ["E0711"]],
    ["a fold without its operation", makeArgs({ dst, src, fold }, given), ["E0715"]],
    ["an operation without a fold", makeArgs({ dst, src }, { ...given, fold_op: "max" }), ["E0715"]],
    ["a fold of another shape", makeArgs({ dst, src, fold: dst }, { ...given, fold_op: "max" }), ["E0701"]],
    ["none of them", makeArgs({ dst, src }, given), []],
  ] as const;
  test.each(rows)("%s", (_what, args, wanted) => {
    expect(codes("activate2", args, trn3)).toEqual(wanted);
  });

  test("takes the time of an activation, and its table", () => {
    const plain = { dst, src: tile("f32", 8, 16, { memory: "psum" }) };
    const cost = (name: "activate2" | "activation", operands: ResolvedArgs["operands"]) =>
      cyclesOf(name, makeArgs(operands, { func: "exp" }), "act", trn3);
    expect(cost("activate2", plain)).toEqual(cost("activation", plain));
    expect(cost("activate2", { ...plain, fold })).toEqual(cost("activation", { ...plain, sum: fold }));
    expect(cost("activate2", plain).table).toBe("exp");
    expect(codes("activate2", makeArgs(plain, { func: "exp" }), trn2)).toEqual(["E0714"]);
  });
});
