// The lower half of the grammar: names, types and expressions, and what all rules share. It builds the syntax tree
// directly; what cannot be read becomes an error node.

import { EmbeddedActionsParser, type IToken, type ParserMethod, type TokenType, tokenMatcher } from "chevrotain";
import type { Diagnostic } from "../../ir-spec/base/result.ts";
import { at, problem } from "../../ir-spec/base/result.ts";
import type { Source, Span } from "../../ir-spec/base/span.ts";
import type * as ast from "./ast.ts";
import { type InfixTail, isInfixOperator, joinInfix } from "./infix.ts";
import { messageProvider } from "./syntax-errors.ts";
import * as t from "./tokens.ts";

export type GrammarRule<T> = ParserMethod<[], T>;

/** `{ key: value }`, or nothing where there is no value. */
export function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}

/** Chevrotain wants grammars as classes; this is the base of the one parser, in grammar.ts. */
export class ExprParser extends EmbeddedActionsParser {
  protected source: Source = { name: "", text: "" };
  /** Offsets of the tokens that begin a line outside round and square brackets. */
  protected lineStarts: ReadonlySet<number> = new Set();
  /** Mistakes that the grammar lets pass so that parsing continues. */
  protected found: Diagnostic[] = [];

  constructor() {
    super([...t.tokenTypes], {
      recoveryEnabled: true,
      maxLookahead: 2,
      skipValidations: true,
      errorMessageProvider: messageProvider,
    });
  }

  readonly ident: GrammarRule<ast.Ident> = this.RULE("ident", (): ast.Ident => this.identOf(this.CONSUME(t.Name)), {
    recoveryValueFunc: () => ({ name: "", span: this.here() }),
  });

  readonly type: GrammarRule<ast.TypeExpr> = this.RULE(
    "type",
    (): ast.TypeExpr => {
      const start = this.LA(1);
      const dtype = this.SUBRULE(this.ident);
      this.CONSUME(t.LeftBracket);
      const dims = this.commaList(this.expr);
      this.CONSUME(t.RightBracket);
      return { dtype, dims, span: this.spanFrom(start) };
    },
    { recoveryValueFunc: () => ({ dtype: { name: "", span: this.here() }, dims: [], span: this.here() }) },
  );

  readonly expr: GrammarRule<ast.Expr> = this.RULE(
    "expr",
    (): ast.Expr => {
      const first = this.SUBRULE(this.sum);
      const tails: InfixTail[] = [];
      this.MANY({
        GATE: () => this.continuesLine(),
        DEF: () => {
          const operator = this.CONSUME(t.Comparison);
          const operand = this.SUBRULE2(this.sum);
          this.ACTION(() => this.addTail(tails, operator, operand));
        },
      });
      return this.ACTION(() => joinInfix(first, tails));
    },
    { recoveryValueFunc: () => this.errorExpr() },
  );

  /** An expression without comparisons. */
  readonly sum: GrammarRule<ast.Expr> = this.RULE(
    "sum",
    (): ast.Expr => {
      const first = this.SUBRULE(this.operand);
      const tails: InfixTail[] = [];
      this.MANY({
        GATE: () => this.continuesLine(),
        DEF: () => {
          const operator = this.CONSUME(t.Arithmetic);
          const operand = this.SUBRULE2(this.operand);
          this.ACTION(() => this.addTail(tails, operator, operand));
        },
      });
      return this.ACTION(() => joinInfix(first, tails));
    },
    { recoveryValueFunc: () => this.errorExpr() },
  );

  /** Signs, a value, indices: `-w[i]`. */
  readonly operand: GrammarRule<ast.Expr> = this.RULE(
    "operand",
    (): ast.Expr => {
      const signs: IToken[] = [];
      this.MANY(() => signs.push(this.CONSUME(t.Minus)));
      let value = this.SUBRULE(this.primary);
      this.MANY2({
        GATE: () => this.continuesLine(),
        DEF: () => {
          this.CONSUME(t.LeftBracket);
          const indices = this.commaList(this.expr);
          this.CONSUME(t.RightBracket);
          const base = value;
          this.ACTION(() => {
            value = { kind: "index", base, indices, span: this.spanFromOffset(base.span.start) };
          });
        },
      });
      return this.ACTION(() => negate(value, signs));
    },
    { recoveryValueFunc: () => this.errorExpr() },
  );

  readonly primary: GrammarRule<ast.Expr> = this.RULE(
    "primary",
    (): ast.Expr =>
      this.OR<ast.Expr>([
        { ALT: () => this.numberOf(this.CONSUME(t.NumberToken)) },
        { ALT: () => this.stringOf(this.CONSUME(t.StringToken)) },
        { ALT: () => this.wordOf(this.CONSUME(t.Word)) },
        { GATE: () => !this.beginsStatement(), ALT: () => this.SUBRULE(this.nameOrCall) },
        { ALT: () => this.SUBRULE(this.bracket) },
        { ALT: () => this.SUBRULE(this.list) },
      ]),
    { recoveryValueFunc: () => this.errorExpr() },
  );

  readonly nameOrCall: GrammarRule<ast.Expr> = this.RULE(
    "nameOrCall",
    (): ast.Expr => {
      const callee = this.SUBRULE(this.ident);
      const args = this.OPTION({
        GATE: () => this.continuesLine(),
        DEF: () => this.SUBRULE(this.args),
      });
      return this.ACTION((): ast.Expr => {
        if (args === undefined) return { kind: "name", name: callee.name, span: callee.span };
        return { kind: "call", callee, args, span: this.spanFromOffset(callee.span.start) };
      });
    },
    { recoveryValueFunc: () => this.errorExpr() },
  );

  readonly args: GrammarRule<ast.Arg[]> = this.RULE(
    "args",
    (): ast.Arg[] => {
      this.CONSUME(t.LeftParen);
      const args = this.commaList(this.arg);
      this.CONSUME(t.RightParen);
      return args;
    },
    { recoveryValueFunc: () => [] },
  );

  readonly arg: GrammarRule<ast.Arg> = this.RULE(
    "arg",
    (): ast.Arg => {
      const name = this.OPTION(() => this.SUBRULE(this.argName));
      const value = this.SUBRULE(this.expr);
      return { value, ...optional("name", name) };
    },
    { recoveryValueFunc: () => ({ value: this.errorExpr() }) },
  );

  readonly argName: GrammarRule<ast.Ident> = this.RULE("argName", (): ast.Ident => {
    const name = this.SUBRULE(this.ident);
    this.CONSUME(t.Equals);
    return name;
  });

  readonly bracket: GrammarRule<ast.Expr> = this.RULE(
    "bracket",
    (): ast.Expr => {
      const start = this.CONSUME(t.LeftParen);
      const inner = this.SUBRULE(this.expr);
      this.CONSUME(t.RightParen);
      return { kind: "bracket", inner, span: this.spanFrom(start) };
    },
    { recoveryValueFunc: () => this.errorExpr() },
  );

  readonly list: GrammarRule<ast.Expr> = this.RULE(
    "list",
    (): ast.Expr => {
      const start = this.CONSUME(t.LeftBracket);
      const items = this.commaList(this.expr);
      this.CONSUME(t.RightBracket);
      return { kind: "list", items, span: this.spanFrom(start) };
    },
    { recoveryValueFunc: () => this.errorExpr() },
  );

  /** Zero or more elements between commas, a last comma allowed. At most one such list may be in a rule. */
  protected commaList<T>(element: GrammarRule<T>): T[] {
    const items: T[] = [];
    this.OPTION8(() => {
      items.push(this.SUBRULE8(element));
      this.MANY9(() => {
        this.CONSUME8(t.Comma);
        items.push(this.SUBRULE9(element));
      });
      this.OPTION9(() => this.CONSUME9(t.Comma));
    });
    return items;
  }

  /** False where the next token begins a line: there an expression ends, though an operator follows. */
  protected continuesLine(): boolean {
    return !this.lineStarts.has(this.LA(1).startOffset);
  }

  /** True before `name =` at the beginning of a line, which is no operand though an operator is before it. */
  private beginsStatement(): boolean {
    return this.LA(1).tokenType === t.LineName && this.LA(2).tokenType === t.Equals;
  }

  protected report(diagnostic: Diagnostic): void {
    this.found.push(diagnostic);
  }

  /** From the start of a token to the end of the last one read. */
  protected spanFrom(start: IToken): Span {
    return this.spanFromOffset(start.startOffset);
  }

  protected spanFromOffset(start: number): Span {
    const last = this.LA(0);
    const end = (last?.startOffset ?? 0) + (last?.image.length ?? 0);
    return { source: this.source, start, end: Math.max(start, end) };
  }

  protected here(): Span {
    return this.spanFromOffset(this.LA(1).startOffset);
  }

  protected identOf(token: IToken): ast.Ident {
    return { name: token.image, span: this.tokenSpan(token) };
  }

  protected errorExpr(): ast.ErrorExpr {
    return { kind: "error", span: this.here() };
  }

  /** What recovery inserts has no text and is where the next token begins. */
  override getTokenToInsert(type: TokenType): IToken {
    return { ...super.getTokenToInsert(type), startOffset: this.LA(1).startOffset };
  }

  private tokenSpan(token: IToken): Span {
    return { source: this.source, start: token.startOffset, end: token.startOffset + token.image.length };
  }

  private addTail(tails: InfixTail[], operator: IToken, operand: ast.Expr): void {
    const { image } = operator;
    if (!isInfixOperator(image)) return;
    if (tails.length === 1 && tokenMatcher(operator, t.Comparison)) {
      this.report(at(problem("E0113", { operator: image }), this.tokenSpan(operator)));
    }
    tails.push({ operator: image, operand });
  }

  private numberOf(token: IToken): ast.Expr {
    const isInteger = /^\d+$/.test(token.image);
    return { kind: "number", text: token.image, value: Number(token.image), isInteger, span: this.tokenSpan(token) };
  }

  private stringOf(token: IToken): ast.Expr {
    return { kind: "string", value: token.image.slice(1, -1), span: this.tokenSpan(token) };
  }

  private wordOf(token: IToken): ast.Expr {
    return { kind: "word", word: token.image, span: this.tokenSpan(token) };
  }
}

/** Puts the signs before a value, the last one innermost. */
function negate(value: ast.Expr, signs: readonly IToken[]): ast.Expr {
  return signs.reduceRight<ast.Expr>((operand, sign) => {
    const span = { source: value.span.source, start: sign.startOffset, end: value.span.end };
    return { kind: "negate", operand, span };
  }, value);
}
