// The parts of an operation as they follow each other in the text, and how they become the operation.

import type { Span } from "../../../ir-spec/base/span.ts";
import type {
  BlockArg,
  FunctionResult,
  MlirAttr,
  MlirName,
  MlirOp,
  MlirResult,
  MlirType,
  OpType,
  Region,
} from "./ast.ts";

export type Item =
  | { readonly kind: "operand"; readonly value: MlirName }
  /** `%arg0: tensor<f32>`, a parameter of a function or of the region that follows. */
  | { readonly kind: "arg"; readonly arg: BlockArg }
  | { readonly kind: "attr"; readonly name: string; readonly value: MlirAttr }
  | { readonly kind: "fields"; readonly fields: ReadonlyMap<string, MlirAttr> }
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "symbol"; readonly symbol: MlirName }
  | { readonly kind: "literal"; readonly value: MlirAttr }
  | { readonly kind: "group"; readonly items: readonly Item[] }
  | { readonly kind: "region"; readonly region: Region }
  | { readonly kind: "type"; readonly type: OpType }
  /** `-> (tensor<f32> {name = "y"})` of a function. */
  | { readonly kind: "results"; readonly results: readonly FunctionResult[] };

interface Beginning {
  readonly name: string;
  readonly span: Span;
  readonly results: readonly MlirResult[];
}

/** An operation of its parts. */
export function opOfItems({ name, span, results }: Beginning, items: readonly Item[]): MlirOp {
  const flat = items.flatMap(flatten);
  const attrs = new Map<string, MlirAttr>();
  for (const item of flat) {
    if (item.kind === "attr") attrs.set(item.name, item.value);
    if (item.kind === "fields") for (const [field, value] of item.fields) attrs.set(field, value);
    if (item.kind === "results") attrs.set("res_attrs", resultAttrs(item.results, span));
  }
  const symbol = flat.find((item) => item.kind === "symbol");
  const args = flat.flatMap((item) => (item.kind === "arg" ? [item.arg] : []));
  return {
    ...{ name, span, results, attrs },
    operands: flat.flatMap((item) => (item.kind === "operand" ? [item.value] : [])),
    words: flat.flatMap((item) => (item.kind === "word" ? [item.text] : [])),
    literals: flat.flatMap((item) => (item.kind === "literal" ? [item.value] : [])),
    ...(symbol === undefined ? {} : { symbol: symbol.symbol }),
    regions: flat.flatMap((item) => (item.kind === "region" ? [withArgs(item.region, args)] : [])),
    type: typeOfItems(flat),
  };
}

function flatten(item: Item): readonly Item[] {
  return item.kind === "group" ? item.items.flatMap(flatten) : [item];
}

/** The parameters of the pretty form stand before the region. */
function withArgs(region: Region, args: readonly BlockArg[]): Region {
  return region.args.length > 0 ? region : { ...region, args };
}

/** As the generic form of a function has them: one dictionary for each result. */
function resultAttrs(results: readonly FunctionResult[], span: Span): MlirAttr {
  const items = results.map(({ attrs }): MlirAttr => ({ kind: "record", name: "", fields: attrs, words: [], span }));
  return { kind: "list", items, span };
}

function typeOfItems(items: readonly Item[]): OpType {
  const written = items.find((item) => item.kind === "type")?.type;
  const results = items.find((item) => item.kind === "results");
  // `: tensor<4xf32> -> (tensor<2xf32>, tensor<2xi32>)`, without brackets around the only operand.
  if (written?.kind === "list" && results !== undefined)
    return { kind: "function", inputs: written.types, outputs: results.results.map(({ type }) => type) };
  if (written !== undefined) return written;
  const inputs: MlirType[] = items.flatMap((item) => (item.kind === "arg" ? [item.arg.type] : []));
  return { kind: "function", inputs, outputs: results?.results.map(({ type }) => type) ?? [] };
}
