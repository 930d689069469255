// The upper half of the grammar of the `.tg` language: files, graphs, functions, schedules and statements. With error
// recovery: what cannot be read is reported and left out, and the parser continues at the next line. The grammar knows no op
// names. See GRAMMAR.md for the same in EBNF.

import type { IToken } from "chevrotain";
import { at, type Diagnostic, problem } from "../../ir-spec/base/result.ts";
import type { Source } from "../../ir-spec/base/span.ts";
import type { ParamKind } from "../../ir-spec/graph.ts";
import type * as ast from "./ast.ts";
import { ExprParser, type GrammarRule, optional } from "./grammar-expr.ts";
import type { Lexed } from "./lex.ts";
import { syntaxDiagnostics } from "./syntax-errors.ts";
import * as t from "./tokens.ts";

/** The one parser; an object of it parses many texts in turn. */
class TgParser extends ExprParser {
  constructor() {
    super();
    this.performSelfAnalysis();
  }

  /** Reads the tokens of one text. */
  read(
    source: Source,
    lexed: Lexed,
  ): { readonly items: readonly ast.Item[]; readonly diagnostics: readonly Diagnostic[] } {
    this.source = source;
    this.lineStarts = lexed.lineStarts;
    this.found = [];
    this.input = [...lexed.tokens];
    const items = this.module() ?? [];
    const diagnostics = [...syntaxDiagnostics(source, lexed, this.errors), ...this.found];
    this.input = [];
    return { items, diagnostics };
  }

  private readonly module: GrammarRule<ast.Item[]> = this.RULE("module", (): ast.Item[] => {
    const items: ast.Item[] = [];
    this.MANY(() => {
      const item = this.SUBRULE(this.item);
      if (item !== undefined) items.push(item);
    });
    return items;
  });

  private readonly item: GrammarRule<ast.Item | undefined> = this.RULE("item", (): ast.Item | undefined =>
    this.OR<ast.Item | undefined>([
      { ALT: () => this.SUBRULE(this.graph) },
      { ALT: () => this.SUBRULE(this.def) },
      { ALT: () => this.SUBRULE(this.fileDim) },
      { ALT: () => this.SUBRULE(this.schedule) },
    ]),
  );

  private readonly graph: GrammarRule<ast.GraphDecl> = this.RULE("graph", (): ast.GraphDecl => {
    const start = this.CONSUME(t.GraphWord);
    const name = this.SUBRULE(this.ident);
    const dims = this.OPTION(() => this.SUBRULE(this.graphDims)) ?? [];
    const params = this.SUBRULE(this.params);
    this.CONSUME(t.Arrow);
    const results = this.SUBRULE(this.results);
    const body = this.SUBRULE(this.block);
    return { kind: "graph", name, dims, params, results, body, span: this.spanFrom(start) };
  });

  private readonly graphDims: GrammarRule<ast.DimDecl[]> = this.RULE("graphDims", (): ast.DimDecl[] => {
    this.CONSUME(t.Less);
    const dims = this.commaList(this.graphDim);
    this.CONSUME(t.Greater);
    return dims;
  });

  private readonly graphDim: GrammarRule<ast.DimDecl> = this.RULE("graphDim", (): ast.DimDecl => {
    const start = this.LA(1);
    const name = this.SUBRULE(this.ident);
    const value = this.OPTION(() => this.SUBRULE(this.defaultSum));
    return { kind: "dim", name, ...optional("value", value), span: this.spanFrom(start) };
  });

  /** Without comparisons: a `>` ends the list of dimensions. */
  private readonly defaultSum: GrammarRule<ast.Expr> = this.RULE("defaultSum", (): ast.Expr => {
    this.CONSUME(t.Equals);
    return this.SUBRULE(this.sum);
  });

  private readonly params: GrammarRule<ast.ParamDecl[]> = this.RULE("params", (): ast.ParamDecl[] => {
    this.CONSUME(t.LeftParen);
    const params = this.commaList(this.param);
    this.CONSUME(t.RightParen);
    return params;
  });

  private readonly param: GrammarRule<ast.ParamDecl> = this.RULE("param", (): ast.ParamDecl => {
    const start = this.LA(1);
    const role = this.OPTION({
      // `state: f32[4]` is a parameter with that name.
      GATE: () => this.LA(2).tokenType !== t.Colon,
      DEF: () =>
        this.OR<ParamKind>([
          { ALT: () => word(this.CONSUME(t.WeightWord), "weight") },
          { ALT: () => word(this.CONSUME(t.StateWord), "state") },
        ]),
    });
    const name = this.SUBRULE(this.ident);
    this.CONSUME(t.Colon);
    const type = this.SUBRULE(this.type);
    return { kind: "param", role: role ?? "input", name, type, span: this.spanFrom(start) };
  });

  private readonly results: GrammarRule<ast.ResultDecl[]> = this.RULE("results", (): ast.ResultDecl[] => {
    this.CONSUME(t.LeftParen);
    const results = this.commaList(this.result);
    this.CONSUME(t.RightParen);
    return results;
  });

  private readonly result: GrammarRule<ast.ResultDecl> = this.RULE("result", (): ast.ResultDecl => {
    const start = this.LA(1);
    const { name, type } = this.SUBRULE(this.target);
    return { kind: "result", name, ...optional("type", type), span: this.spanFrom(start) };
  });

  private readonly target: GrammarRule<ast.Target> = this.RULE("target", (): ast.Target => {
    const name = this.SUBRULE(this.ident);
    const type = this.OPTION(() => this.SUBRULE(this.typeAfterColon));
    return { name, ...optional("type", type) };
  });

  private readonly typeAfterColon: GrammarRule<ast.TypeExpr> = this.RULE("typeAfterColon", (): ast.TypeExpr => {
    this.CONSUME(t.Colon);
    return this.SUBRULE(this.type);
  });

  private readonly def: GrammarRule<ast.DefDecl> = this.RULE("def", (): ast.DefDecl => {
    const start = this.CONSUME(t.DefWord);
    const name = this.SUBRULE(this.ident);
    this.CONSUME(t.LeftParen);
    const params = this.commaList(this.defParam);
    this.CONSUME(t.RightParen);
    const body = this.SUBRULE(this.block);
    return { kind: "def", name, params, body, span: this.spanFrom(start) };
  });

  private readonly defParam: GrammarRule<ast.DefParam> = this.RULE("defParam", (): ast.DefParam => {
    const start = this.LA(1);
    const name = this.SUBRULE(this.ident);
    const value = this.OPTION(() => this.SUBRULE(this.defaultSum));
    return { kind: "defParam", name, ...optional("value", value), span: this.spanFrom(start) };
  });

  private readonly fileDim: GrammarRule<ast.DimDecl> = this.RULE("fileDim", (): ast.DimDecl => {
    const start = this.CONSUME(t.DimWord);
    const name = this.SUBRULE(this.ident);
    const value = this.SUBRULE(this.defaultSum);
    return { kind: "dim", name, value, span: this.spanFrom(start) };
  });

  private readonly schedule: GrammarRule<ast.ScheduleDecl> = this.RULE("schedule", (): ast.ScheduleDecl => {
    const start = this.CONSUME(t.ScheduleWord);
    const name = this.SUBRULE(this.ident);
    this.CONSUME(t.ForWord);
    const graph = this.SUBRULE2(this.ident);
    const kernels: ast.ScheduleKernel[] = [];
    this.CONSUME(t.LeftBrace);
    this.MANY(() => kernels.push(this.SUBRULE(this.scheduleKernel)));
    this.CONSUME(t.RightBrace);
    return { kind: "schedule", name, graph, kernels, span: this.spanFrom(start) };
  });

  private readonly scheduleKernel: GrammarRule<ast.ScheduleKernel> = this.RULE(
    "scheduleKernel",
    (): ast.ScheduleKernel => {
      const start = this.CONSUME(t.KernelWord);
      const name = this.OR([
        { ALT: () => this.SUBRULE(this.ident) },
        { ALT: () => this.identOf(this.CONSUME(t.Star)) },
      ]);
      this.CONSUME(t.LeftBrace);
      const entries = this.commaList(this.scheduleEntry);
      this.CONSUME(t.RightBrace);
      return { kind: "scheduleKernel", name, entries, span: this.spanFrom(start) };
    },
  );

  private readonly scheduleEntry: GrammarRule<ast.ScheduleEntry> = this.RULE("scheduleEntry", (): ast.ScheduleEntry => {
    const start = this.LA(1);
    const name = this.SUBRULE(this.ident);
    this.CONSUME(t.Equals);
    const value = this.SUBRULE(this.expr);
    return { kind: "entry", name, value, span: this.spanFrom(start) };
  });

  private readonly block: GrammarRule<ast.Stmt[]> = this.RULE("block", (): ast.Stmt[] => {
    const body: ast.Stmt[] = [];
    const keep = (stmt: ast.Stmt | undefined): void => {
      if (stmt !== undefined) body.push(stmt);
    };
    this.CONSUME(t.LeftBrace);
    this.MANY(() =>
      this.OR([
        { ALT: () => keep(this.SUBRULE(this.named)) },
        { ALT: () => keep(this.SUBRULE(this.forLoop)) },
        { ALT: () => keep(this.SUBRULE(this.kernel)) },
        { ALT: () => keep(this.SUBRULE(this.returned)) },
        { ALT: () => void this.CONSUME(t.Semicolon) },
      ]),
    );
    this.CONSUME(t.RightBrace);
    return body;
  });

  private readonly named: GrammarRule<ast.Stmt | undefined> = this.RULE("named", (): ast.Stmt | undefined => {
    const first = this.CONSUME(t.LineName);
    return this.OR<ast.Stmt | undefined>([
      { ALT: () => this.callWithoutName(first, this.SUBRULE(this.args)) },
      { ALT: () => this.assignment(first, this.SUBRULE(this.assign)) },
    ]);
  });

  /** What follows the first name of `a: f32[2], b = split(x)`. */
  private readonly assign: GrammarRule<AssignTail> = this.RULE("assign", (): AssignTail => {
    const type = this.OPTION(() => this.SUBRULE(this.typeAfterColon));
    const others: ast.Target[] = [];
    this.MANY(() => {
      this.CONSUME(t.Comma);
      others.push(this.SUBRULE(this.target));
    });
    this.CONSUME(t.Equals);
    const value = this.SUBRULE(this.expr);
    return { type, others, value };
  });

  private readonly forLoop: GrammarRule<ast.Stmt> = this.RULE("forLoop", (): ast.Stmt => {
    const start = this.CONSUME(t.ForWord);
    const index = this.SUBRULE(this.ident);
    this.CONSUME(t.InWord);
    const from = this.SUBRULE(this.sum);
    this.CONSUME(t.Range);
    const to = this.SUBRULE2(this.sum);
    const body = this.SUBRULE(this.block);
    return { kind: "for", index, from, to, body, span: this.spanFrom(start) };
  });

  private readonly kernel: GrammarRule<ast.Stmt> = this.RULE("kernel", (): ast.Stmt => {
    const start = this.CONSUME(t.KernelWord);
    const name = this.SUBRULE(this.ident);
    const body = this.SUBRULE(this.block);
    return { kind: "kernel", name, body, span: this.spanFrom(start) };
  });

  private readonly returned: GrammarRule<ast.Stmt> = this.RULE("returned", (): ast.Stmt => {
    const start = this.CONSUME(t.ReturnWord);
    const values = [this.SUBRULE(this.expr)];
    this.MANY(() => {
      this.CONSUME(t.Comma);
      values.push(this.SUBRULE2(this.expr));
    });
    return { kind: "return", values, span: this.spanFrom(start) };
  });

  private assignment(first: IToken, tail: AssignTail | undefined): ast.Stmt | undefined {
    if (tail === undefined) return undefined;
    const target = { name: this.identOf(first), ...optional("type", tail.type) };
    const targets = this.ACTION(() => [target, ...tail.others]);
    return { kind: "assign", targets, value: tail.value, span: this.spanFrom(first) };
  }

  private callWithoutName(callee: IToken, _args: readonly ast.Arg[]): undefined {
    this.ACTION(() => this.report(at(problem("E0112", { callee: callee.image }), this.spanFrom(callee))));
  }
}

interface AssignTail {
  readonly type: ast.TypeExpr | undefined;
  readonly others: readonly ast.Target[];
  readonly value: ast.Expr;
}

function word<T>(_token: IToken, meaning: T): T {
  return meaning;
}

/** Made once: its analysis of the grammar takes some milliseconds. */
const parser = new TgParser();

/** Reads tokens into the items of a module, and all that is wrong with them. */
export const readItems: TgParser["read"] = (source, lexed) => parser.read(source, lexed);
