// The lower half of the grammar of MLIR's text form: types, attributes and literals.
// Source: MLIR Language Reference, "Type System" and "Attributes".

import { EmbeddedActionsParser, type IToken, type ParserMethod } from "chevrotain";
import type { Source, Span } from "../../../ir-spec/base/span.ts";
import type { FunctionType, MlirAttr, MlirName, MlirType } from "./ast.ts";
import { tokenSpan } from "./lex.ts";
import { messageProvider } from "./syntax-errors.ts";
import * as t from "./tokens.ts";

export type GrammarRule<T> = ParserMethod<[], T>;
export type Fields = ReadonlyMap<string, MlirAttr>;

/** In the place of what cannot be read; no tree with them is used. */
export const noType: MlirType = { text: "", span: { source: { name: "", text: "" }, start: 0, end: 0 } };

const noAttr: MlirAttr = { kind: "word", text: "", span: noType.span };

/** The text of a name that may be in quotes. */
export function bareText(image: string): string {
  return image.startsWith('"') ? image.slice(1, -1) : image;
}

/** Chevrotain wants grammars as classes; this is the base of the one parser, in grammar.ts. */
export class AttrParser extends EmbeddedActionsParser {
  protected source: Source = { name: "", text: "" };

  constructor() {
    super([...t.tokenTypes], {
      recoveryEnabled: true,
      maxLookahead: 2,
      skipValidations: true,
      errorMessageProvider: messageProvider,
    });
  }

  protected readonly functionType: GrammarRule<FunctionType> = this.RULE(
    "functionType",
    (): FunctionType => {
      const inputs = this.SUBRULE(this.typeList);
      this.CONSUME(t.Arrow);
      const outputs = this.OR<MlirType[]>([
        { ALT: () => this.SUBRULE1(this.typeList) },
        { ALT: () => [this.SUBRULE(this.type)] },
      ]);
      return { inputs, outputs };
    },
    { recoveryValueFunc: () => ({ inputs: [], outputs: [] }) },
  );

  protected readonly typeList: GrammarRule<MlirType[]> = this.RULE(
    "typeList",
    (): MlirType[] => {
      const types: MlirType[] = [];
      this.CONSUME(t.LeftParen);
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.keep(types, this.SUBRULE(this.type)) });
      this.CONSUME(t.RightParen);
      return types;
    },
    { recoveryValueFunc: () => [] },
  );

  protected readonly type: GrammarRule<MlirType> = this.RULE(
    "type",
    (): MlirType => {
      const token = this.OR<IToken>([
        { ALT: () => this.CONSUME(t.ShapedType) },
        { ALT: () => this.CONSUME(t.Word) },
        { ALT: () => this.CONSUME(t.BangName) },
      ]);
      return this.ACTION(() => ({ text: token.image, span: tokenSpan(this.source, token) }));
    },
    { recoveryValueFunc: () => noType },
  );

  protected readonly dictionary: GrammarRule<Fields> = this.RULE(
    "dictionary",
    (): Fields => {
      this.CONSUME(t.LeftBrace);
      const { fields } = this.SUBRULE(this.entries);
      this.CONSUME(t.RightBrace);
      return fields;
    },
    { recoveryValueFunc: () => new Map() },
  );

  /** `a = 1, b, "c" = 2` in a dictionary or an attribute such as `#stablehlo.dot<...>`. */
  private readonly entries: GrammarRule<{ fields: Map<string, MlirAttr>; words: string[] }> = this.RULE(
    "entries",
    () => {
      const fields = new Map<string, MlirAttr>();
      const words: string[] = [];
      this.MANY(() => {
        this.OR([
          { ALT: () => this.CONSUME(t.Comma) },
          { ALT: () => this.CONSUME(t.Arrow) },
          {
            GATE: () => this.LA(2).tokenType === t.Equals,
            ALT: () => {
              const name = this.OR1<IToken>([
                { ALT: () => this.CONSUME(t.Word) },
                { ALT: () => this.CONSUME(t.StringToken) },
              ]);
              this.CONSUME(t.Equals);
              const value = this.SUBRULE(this.attr);
              this.ACTION(() => fields.set(bareText(name.image), value));
            },
          },
          {
            ALT: () => {
              const value = this.SUBRULE1(this.attr);
              this.ACTION(() => {
                if (value.kind === "word") words.push(value.text);
              });
            },
          },
        ]);
      });
      return { fields, words };
    },
    { recoveryValueFunc: () => ({ fields: new Map(), words: [] }) },
  );

  protected readonly attr: GrammarRule<MlirAttr> = this.RULE(
    "attr",
    (): MlirAttr =>
      this.OR<MlirAttr>([
        { ALT: () => this.SUBRULE(this.typed) },
        { GATE: () => this.LA(2).tokenType === t.Less, ALT: () => this.SUBRULE(this.array) },
        { ALT: () => this.attrOf(this.CONSUME(t.Word), "word") },
        {
          ALT: () => {
            const symbol = this.nameOf(this.CONSUME(t.SymbolName));
            return { kind: "symbol", ...symbol };
          },
        },
        {
          ALT: () => {
            const start = this.LA(1);
            const fields = this.SUBRULE(this.dictionary);
            return this.ACTION(
              (): MlirAttr => ({ kind: "record", name: "", fields, words: [], span: this.from(start) }),
            );
          },
        },
        {
          ALT: () => {
            const type = this.CONSUME(t.ShapedType);
            return this.ACTION((): MlirAttr => {
              const span = tokenSpan(this.source, type);
              return { kind: "type", type: { text: type.image, span }, span };
            });
          },
        },
        {
          ALT: () => {
            const start = this.LA(1);
            const type = this.SUBRULE(this.functionType);
            return this.ACTION((): MlirAttr => ({ kind: "function type", ...type, span: this.from(start) }));
          },
        },
      ]),
    { recoveryValueFunc: () => noAttr },
  );

  /** An attribute after which its own type may come: `0 : i64`, `dense<0> : tensor<2xi64>`. */
  private readonly typed: GrammarRule<MlirAttr> = this.RULE(
    "typed",
    (): MlirAttr => {
      const value = this.SUBRULE(this.literal);
      const type = this.OPTION({
        // A shape after a number or a list is the operation's own type.
        GATE: () => this.LA(2).tokenType === (value?.kind === "dense" ? t.ShapedType : t.Word),
        DEF: () => {
          this.CONSUME(t.Colon);
          return this.SUBRULE(this.type);
        },
      });
      return this.ACTION(() => (value.kind === "dense" && type !== undefined ? { ...value, type } : value));
    },
    { recoveryValueFunc: () => noAttr },
  );

  protected readonly literal: GrammarRule<MlirAttr> = this.RULE(
    "literal",
    (): MlirAttr =>
      this.OR<MlirAttr>([
        { ALT: () => this.SUBRULE(this.numberOrRange) },
        { ALT: () => this.attrOf(this.CONSUME(t.StringToken), "string") },
        { ALT: () => this.attrOf(this.CONSUME(t.Dense), "dense") },
        { ALT: () => this.attrOf(this.CONSUME(t.DenseResource), "dense") },
        { ALT: () => this.SUBRULE(this.hashAttr) },
        {
          ALT: () => {
            const start = this.LA(1);
            const lhs = this.SUBRULE(this.list);
            const rhs = this.OPTION({
              GATE: () => this.LA(1).image === "x",
              DEF: () => {
                this.CONSUME(t.Word);
                return this.SUBRULE1(this.list);
              },
            });
            return this.ACTION(
              (): MlirAttr => (rhs === undefined ? lhs : { kind: "pair", lhs, rhs, span: this.from(start) }),
            );
          },
        },
      ]),
    { recoveryValueFunc: () => noAttr },
  );

  /** `2`, or the bounds `0:8:2` of a slice. */
  private readonly numberOrRange: GrammarRule<MlirAttr> = this.RULE(
    "numberOrRange",
    (): MlirAttr => {
      const first = this.CONSUME(t.NumberToken);
      const parts = [this.attrOf(first, "number")];
      this.MANY({
        GATE: () => this.LA(2).tokenType === t.NumberToken,
        DEF: () => {
          this.CONSUME(t.Colon);
          parts.push(this.attrOf(this.CONSUME1(t.NumberToken), "number"));
        },
      });
      return this.ACTION(
        (): MlirAttr =>
          parts.length === 1 ? this.attrOf(first, "number") : { kind: "range", parts, span: this.from(first) },
      );
    },
    { recoveryValueFunc: () => noAttr },
  );

  /** `#stablehlo<comparison_direction GT>`, `#stablehlo.dot<...>`, or the name of an alias. */
  private readonly hashAttr: GrammarRule<MlirAttr> = this.RULE(
    "hashAttr",
    (): MlirAttr => {
      const start = this.CONSUME(t.HashName);
      const inner = this.OPTION(() => {
        this.CONSUME(t.Less);
        const found = this.SUBRULE(this.entries);
        this.CONSUME(t.Greater);
        return found;
      });
      const { fields, words } = inner ?? { fields: new Map(), words: [] };
      return this.ACTION(
        (): MlirAttr => ({ kind: "record", name: start.image, fields, words, span: this.from(start) }),
      );
    },
    { recoveryValueFunc: () => noAttr },
  );

  protected readonly list: GrammarRule<MlirAttr> = this.RULE(
    "list",
    (): MlirAttr => {
      const start = this.CONSUME(t.LeftBracket);
      const items: MlirAttr[] = [];
      this.MANY_SEP({ SEP: t.Comma, DEF: () => this.keep(items, this.SUBRULE(this.attr)) });
      this.CONSUME(t.RightBracket);
      return this.ACTION((): MlirAttr => ({ kind: "list", items, span: this.from(start) }));
    },
    { recoveryValueFunc: () => noAttr },
  );

  /** `array<i64: 1, 2>` */
  private readonly array: GrammarRule<MlirAttr> = this.RULE(
    "array",
    (): MlirAttr => {
      const start = this.CONSUME(t.Word);
      const items: MlirAttr[] = [];
      this.CONSUME(t.Less);
      this.CONSUME1(t.Word);
      this.OPTION(() => {
        this.CONSUME(t.Colon);
        this.MANY_SEP({ SEP: t.Comma, DEF: () => this.keep(items, this.SUBRULE(this.attr)) });
      });
      this.CONSUME(t.Greater);
      return this.ACTION((): MlirAttr => ({ kind: "list", items, span: this.from(start) }));
    },
    { recoveryValueFunc: () => noAttr },
  );

  /** After a mistake a rule may give nothing. */
  protected keep<T>(list: T[], item: T | undefined): void {
    if (item !== undefined) list.push(item);
  }

  // Chevrotain learns the grammar by calling its rules without tokens, which `ACTION` keeps out of what reads them.
  protected nameOf(token: IToken): MlirName {
    return this.ACTION(() => ({ name: token.image, span: tokenSpan(this.source, token) }));
  }

  private attrOf(token: IToken, kind: "number" | "string" | "word" | "dense"): MlirAttr {
    return this.ACTION(() => {
      const text = kind === "string" ? bareText(token.image) : token.image;
      return { kind, text, span: tokenSpan(this.source, token) };
    });
  }

  /** From a token to the one that was read last. */
  private from(start: IToken): Span {
    const last = this.LA(0);
    return { source: this.source, start: start.startOffset, end: last.startOffset + last.image.length };
  }
}
