// Stage 1: `AstModule`, the syntax tree of one file. Names and spans are kept as written, also brackets and comments, so
// that the formatter can write the file again. Nothing is resolved here: an op is just the name of a call.

import type { Source, Span } from "../../ir-spec/base/span.ts";
import type { ParamKind } from "../../ir-spec/graph.ts";

export interface Ident {
  readonly name: string;
  readonly span: Span;
}

export type InfixOperator = "+" | "-" | "*" | "/" | "<" | "<=" | ">" | ">=" | "==" | "!=";

interface Kind<K extends string> {
  readonly kind: K;
  readonly span: Span;
}

export interface NumberExpr extends Kind<"number"> {
  /** As written, so that the formatter does not change `1e-5` to `0.00001`. */
  readonly text: string;
  readonly value: number;
  /** Written without point and exponent: division of such numbers must be exact. */
  readonly isInteger: boolean;
}
export interface StringExpr extends Kind<"string"> {
  readonly value: string;
}
/** `true`, `false`, `inf`, `nan`, `none`. */
export interface WordExpr extends Kind<"word"> {
  readonly word: string;
}
export interface NameExpr extends Kind<"name"> {
  readonly name: string;
}
export interface CallExpr extends Kind<"call"> {
  readonly callee: Ident;
  readonly args: readonly Arg[];
}
export interface NegateExpr extends Kind<"negate"> {
  readonly operand: Expr;
}
export interface InfixExpr extends Kind<"infix"> {
  readonly operator: InfixOperator;
  readonly left: Expr;
  readonly right: Expr;
}
export interface IndexExpr extends Kind<"index"> {
  readonly base: Expr;
  readonly indices: readonly Expr[];
}
export interface ListExpr extends Kind<"list"> {
  readonly items: readonly Expr[];
}
export interface BracketExpr extends Kind<"bracket"> {
  readonly inner: Expr;
}
/** What the parser could not read; it was reported, and later steps stay silent about it. */
export type ErrorExpr = Kind<"error">;

export type Expr =
  | NumberExpr
  | StringExpr
  | WordExpr
  | NameExpr
  | CallExpr
  | NegateExpr
  | InfixExpr
  | IndexExpr
  | ListExpr
  | BracketExpr
  | ErrorExpr;

export interface Arg {
  /** `axis` in `axis=-1`. */
  readonly name?: Ident;
  readonly value: Expr;
}

/** `bf16[T, D]` */
export interface TypeExpr {
  readonly dtype: Ident;
  readonly dims: readonly Expr[];
  readonly span: Span;
}

export interface Target {
  readonly name: Ident;
  readonly type?: TypeExpr;
}

export interface AssignStmt extends Kind<"assign"> {
  readonly targets: readonly Target[];
  readonly value: Expr;
}
export interface ForStmt extends Kind<"for"> {
  readonly index: Ident;
  readonly from: Expr;
  readonly to: Expr;
  readonly body: readonly Stmt[];
}
export interface KernelStmt extends Kind<"kernel"> {
  readonly name: Ident;
  readonly body: readonly Stmt[];
}
export interface ReturnStmt extends Kind<"return"> {
  readonly values: readonly Expr[];
}
export type Stmt = AssignStmt | ForStmt | KernelStmt | ReturnStmt;

/** A dimension in `<...>` of a graph, or `dim H = 12` of the file. */
export interface DimDecl extends Kind<"dim"> {
  readonly name: Ident;
  readonly value?: Expr;
}
export interface ParamDecl extends Kind<"param"> {
  readonly role: ParamKind;
  readonly name: Ident;
  readonly type: TypeExpr;
}
export interface ResultDecl extends Kind<"result"> {
  readonly name: Ident;
  readonly type?: TypeExpr;
}
export interface GraphDecl extends Kind<"graph"> {
  readonly name: Ident;
  readonly dims: readonly DimDecl[];
  readonly params: readonly ParamDecl[];
  readonly results: readonly ResultDecl[];
  readonly body: readonly Stmt[];
}
export interface DefParam extends Kind<"defParam"> {
  readonly name: Ident;
  readonly value?: Expr;
}
export interface DefDecl extends Kind<"def"> {
  readonly name: Ident;
  readonly params: readonly DefParam[];
  readonly body: readonly Stmt[];
}
/** `tile_m=128` of a schedule. */
export interface ScheduleEntry extends Kind<"entry"> {
  readonly name: Ident;
  readonly value: Expr;
}
export interface ScheduleKernel extends Kind<"scheduleKernel"> {
  /** A kernel's name, or `*` for all kernels. */
  readonly name: Ident;
  readonly entries: readonly ScheduleEntry[];
}
export interface ScheduleDecl extends Kind<"schedule"> {
  readonly name: Ident;
  readonly graph: Ident;
  readonly kernels: readonly ScheduleKernel[];
}
export type Item = GraphDecl | DefDecl | DimDecl | ScheduleDecl;

export interface AstModule {
  readonly source: Source;
  /** In the order of the text. */
  readonly items: readonly Item[];
  /** Each from `//` to the end of its line. */
  readonly comments: readonly Span[];
}

/** The items of one kind, in the order of the text. */
export function itemsOf<K extends Item["kind"]>(module: AstModule, kind: K): readonly Extract<Item, { kind: K }>[] {
  return module.items.filter((item): item is Extract<Item, { kind: K }> => item.kind === kind);
}
