// Whether a problem is a product, and which of its dimensions are m, n and k: those that the result shares with the left operand alone, with the
// right one alone, and those that it does not have.

import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { showName } from "../../ir-spec/base/shown-text.ts";
import type { Span } from "../../ir-spec/base/span.ts";
import { maxDimension } from "../../ir-spec/base/tensor.ts";
import type { ProductDim } from "./mapping.ts";

export interface ProblemTensor {
  readonly name: string;
  readonly dims: ReadonlySet<string>;
  readonly isOutput: boolean;
}

export interface Problem {
  /** Dimensions of one element may be among them. */
  readonly sizes: ReadonlyMap<string, number>;
  readonly tensors: readonly ProblemTensor[];
  readonly span: Span;
}

export interface ProductProblem {
  readonly sizes: ReadonlyMap<string, number>;
  readonly dims: ReadonlyMap<string, ProductDim>;
  readonly lhs: ProblemTensor;
  readonly rhs: ProblemTensor;
  readonly out: ProblemTensor;
}

/** Every count of a mapping is below this, so that it is exact. */
const maxMultiplications = 2 ** 48;

const classes: Readonly<Record<string, ProductDim>> = { "lhs,out": "m", "rhs,out": "n", "lhs,rhs": "k" };

export function findProduct({ sizes: all, tensors, span }: Problem): Result<ProductProblem> {
  const wrong = (why: string) => fail([at(problem("E1606", { what: showName(why) }), span)]);
  const [lhs, rhs, ...more] = tensors.filter(({ isOutput }) => !isOutput);
  const [out, ...outputs] = tensors.filter(({ isOutput }) => isOutput);
  if (lhs === undefined || rhs === undefined || out === undefined || more.length + outputs.length > 0) {
    return wrong(`a problem of ${tensors.length} tensors`);
  }
  const sizes = new Map([...all].filter(([, size]) => size > 1));
  if ([...sizes.values()].reduce((product, size) => product * size, 1) > maxMultiplications) {
    return wrong(`a problem of more than 2^48 multiplications`);
  }
  const dims = new Map<string, ProductDim>();
  for (const dim of sizes.keys()) {
    const having = Object.entries({ lhs, rhs, out }).filter(([, tensor]) => tensor.dims.has(dim));
    const found = classes[having.map(([name]) => name).join()];
    if (found === undefined) {
      const names = having.map(([, { name }]) => name);
      return wrong(`a problem that is no product, as ${dim} is a dimension of ${names.join(", ") || "no tensor"}`);
    }
    dims.set(dim, found);
  }
  return ok({ sizes, dims, lhs, rhs, out });
}

/** A size or number of iterations. */
export function readTrips(text: string | undefined): number | undefined {
  const number = text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return number >= 1 && number <= maxDimension ? number : undefined;
}
