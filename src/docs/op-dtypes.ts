// The dtypes that an op takes, found out by asking it: its example is read with each dtype in the place of its own. So what
// OPS.md says is what the op does.

import { type Dtype, dtypeNames } from "../../ir-spec/base/dtype.ts";
import { type OpName, opDef } from "../../ir-spec/ops/index.ts";
import { parseGraphs } from "../text/index.ts";

/** An op's example in one dtype. */
export interface DtypeExample {
  readonly dtype: Dtype;
  readonly text: string;
}

/** What varies in an example: the operand that the others follow (not a condition), or the result where there is none. */
export function variedOperand(op: OpName): { readonly what: string; readonly dtype: string } {
  const { example, operands } = opDef(op);
  const [params = "", results = ""] = example.split("->");
  const dtypesOf = (text: string): readonly string[] => [...text.matchAll(/: (\w+)\[/g)].map(([, dtype = ""]) => dtype);
  const given = dtypesOf(params);
  if (given.length === 0) return { what: "the result", dtype: dtypesOf(results)[0] ?? "" };
  const index = Math.max(
    0,
    given.findIndex((dtype) => dtype !== "bool"),
  );
  return { what: `\`${(operands[index] ?? "").replace(/\W/g, "")}\``, dtype: given[index] ?? "" };
}

/** The example with each of all dtypes, accepted or not. */
export function dtypeExamples(op: OpName): readonly DtypeExample[] {
  const own = new RegExp(`\\b${variedOperand(op).dtype}\\b`, "g");
  return dtypeNames.map((dtype) => ({ dtype, text: opDef(op).example.replace(own, dtype) }));
}

/** The examples that the op accepts. */
export function acceptedExamples(op: OpName): readonly DtypeExample[] {
  return dtypeExamples(op).filter(({ text }) => parseGraphs({ name: `${op}.tg`, text }).ok);
}
