// What the parser makes of a StableHLO text: operations with their operands, attributes and regions. The pretty form of an
// operation and its generic one give the same tree, but for the names that they have for attributes.

import type { Span } from "../../../ir-spec/base/span.ts";

export interface MlirName {
  /** As written, with its sign: `%0`, `%3#1`, `@relu`. */
  readonly name: string;
  readonly span: Span;
}

export interface MlirType {
  /** As written: `tensor<2x3xf32>`. */
  readonly text: string;
  readonly span: Span;
}

export interface FunctionType {
  readonly inputs: readonly MlirType[];
  readonly outputs: readonly MlirType[];
}

export type MlirAttr = AttrForm & { readonly span: Span };

type AttrForm =
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "symbol"; readonly name: string }
  /** `[1, 0]`, `array<i64: 1, 0>` */
  | { readonly kind: "list"; readonly items: readonly MlirAttr[] }
  /** `0:8:2`, in a list */
  | { readonly kind: "range"; readonly parts: readonly MlirAttr[] }
  /** `[0] x [1]` */
  | { readonly kind: "pair"; readonly lhs: MlirAttr; readonly rhs: MlirAttr }
  /** `dense<[1, 2]>` with its type where it is written */
  | { readonly kind: "dense"; readonly text: string; readonly type?: MlirType }
  /** `{a = 1, b}`, `#stablehlo.dot<a = 1>`, `#stablehlo<comparison_direction GT>` */
  | {
      readonly kind: "record";
      readonly name: string;
      readonly fields: ReadonlyMap<string, MlirAttr>;
      readonly words: readonly string[];
    }
  | { readonly kind: "type"; readonly type: MlirType }
  | ({ readonly kind: "function type" } & FunctionType);

export interface MlirResult {
  readonly name: string;
  /** Of `%0:2` two: the values are `%0#0` and `%0#1`. */
  readonly count: number;
  readonly span: Span;
}

export interface BlockArg {
  readonly name: string;
  readonly type: MlirType;
  /** Attributes of a function's parameter. */
  readonly attrs: ReadonlyMap<string, MlirAttr>;
  readonly span: Span;
}

export interface Region {
  readonly args: readonly BlockArg[];
  readonly ops: readonly MlirOp[];
  /** Whether it has several blocks, which nothing here can have. */
  readonly isBranching: boolean;
}

export interface MlirOp {
  readonly name: string;
  /** Of the name. */
  readonly span: Span;
  readonly results: readonly MlirResult[];
  readonly operands: readonly MlirName[];
  readonly attrs: ReadonlyMap<string, MlirAttr>;
  /** Bare words of the pretty form: `GT`, `applies`, and names of operations. */
  readonly words: readonly string[];
  /** Attributes without a name: a literal, the bounds of a slice. */
  readonly literals: readonly MlirAttr[];
  readonly symbol?: MlirName;
  readonly regions: readonly Region[];
  readonly type: OpType;
}

/** `: tensor<4xf32>` (one or several types) or `: (tensor<4xf32>) -> tensor<4xf32>`. */
export type OpType =
  | { readonly kind: "list"; readonly types: readonly MlirType[] }
  | ({ readonly kind: "function" } & FunctionType);

/** `func.func @main(...) -> (...) { ... }` */
export interface MlirFunction {
  readonly name: MlirName;
  readonly isPrivate: boolean;
  readonly params: readonly BlockArg[];
  readonly results: readonly FunctionResult[];
  readonly body: readonly MlirOp[];
}

export interface FunctionResult {
  readonly type: MlirType;
  readonly attrs: ReadonlyMap<string, MlirAttr>;
}
