// EXPECT lines: the values that an output of a run should have.
//
//     // EXPECT: y = y.npy
//     // EXPECT: y = all.safetensors#layer0.y
//     // EXPECT: y = [[1, 2.5], [-inf, nan]]

import { at, type Diagnostic, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import type { Span } from "../../ir-spec/base/span.ts";

export interface Expectation {
  readonly run: string | undefined;
  readonly output: string;
  readonly values:
    | { readonly kind: "file"; readonly file: string; readonly array: string | undefined }
    | { readonly kind: "list"; readonly numbers: readonly number[] };
  readonly span: Span;
}

/** Reads what follows `EXPECT:`. */
export function parseExpectation(
  text: string,
  { run, span }: { readonly run: string | undefined; readonly span: Span },
): Result<Expectation, Diagnostic> {
  const wrong = (why: string) => fail(at(problem("E1420", { directive: "EXPECT", why }), span));
  const [, output, right = ""] = /^(\S+)\s*=\s*(.+)$/.exec(text) ?? [];
  if (output === undefined) return wrong("expected `name = file.npy` or `name = [1, 2]`");
  if (right.startsWith("[")) {
    const numbers = readNumbers(right);
    return numbers === undefined
      ? wrong("expected numbers in brackets, as in `[[1, -2.5e3], [inf, nan]]`")
      : ok({ run, output, values: { kind: "list", numbers }, span });
  }
  const [file = "", array] = right.split("#");
  if (!/\.(npy|npz|safetensors)$/.test(file))
    return wrong(`expected a file that ends in .npy, .npz or .safetensors, found \`${file}\``);
  const isOne = file.endsWith(".npy");
  if (isOne && array !== undefined) return wrong("a .npy file holds one array, which has no name");
  return ok({ run, output, values: { kind: "file", file, array: isOne ? undefined : (array ?? output) }, span });
}

/** Numbers in nested brackets, in order. */
function readNumbers(text: string): readonly number[] | undefined {
  const words = text.split(/[[\],\s]+/).filter((word) => word !== "");
  const numbers = words.map(readNumber);
  const depth = [...text].reduce((sum, sign) => sum + (sign === "[" ? 1 : sign === "]" ? -1 : 0), 0);
  return depth === 0 && numbers.every((number) => number !== undefined) ? (numbers as number[]) : undefined;
}

const specials: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  true: 1,
  false: 0,
};

function readNumber(word: string): number | undefined {
  if (Object.hasOwn(specials, word)) return specials[word];
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : undefined;
}
