// The grammar of MLIR's text form. It knows no operation: the pretty form of any is a name and the parts that follow it, in
// any order, so that what cannot be imported is read as well, and reported with its name. With error recovery: what cannot be
// read is reported, and the parser continues at the next operation.
// Source: MLIR Language Reference, "Operations", "Regions", "Attributes"; StableHLO's `assemblyFormat`s.

import type { IRecognitionException, IToken } from "chevrotain";
import type { Source } from "../../../ir-spec/base/span.ts";
import type { BlockArg, FunctionResult, MlirOp, MlirResult, Region } from "./ast.ts";
import { AttrParser, bareText, type GrammarRule, noType } from "./grammar-attr.ts";
import { type Item, opOfItems } from "./items.ts";
import { tokenSpan } from "./lex.ts";
import * as t from "./tokens.ts";

/** In the place of what cannot be read; no tree with them is used. */
const noItem: Item = { kind: "word", text: "" };
const noArg: BlockArg = { name: "", type: noType, attrs: new Map(), span: noType.span };
const noRegion: Region = { args: [], ops: [], isBranching: false };

export interface ReadOps {
  readonly ops: readonly MlirOp[];
  readonly errors: readonly IRecognitionException[];
}

/** The one parser; an object of it parses many texts in turn. */
class MlirParser extends AttrParser {
  constructor() {
    super();
    this.performSelfAnalysis();
  }

  /** Reads the operations at the top of a text. */
  read(source: Source, tokens: readonly IToken[]): ReadOps {
    this.source = source;
    this.input = [...tokens];
    const ops = this.file() ?? [];
    const errors = [...this.errors];
    this.input = [];
    return { ops, errors };
  }

  private readonly file: GrammarRule<MlirOp[]> = this.RULE(
    "file",
    (): MlirOp[] => {
      const ops: MlirOp[] = [];
      this.MANY(() => {
        this.OR([
          {
            ALT: () => {
              this.CONSUME(t.HashName);
              this.CONSUME(t.Equals);
              this.SUBRULE(this.attr);
            },
          },
          { ALT: () => this.keep(ops, this.SUBRULE(this.operation)) },
        ]);
      });
      return ops;
    },
    { recoveryValueFunc: () => [] },
  );

  private readonly operation: GrammarRule<MlirOp | undefined> = this.RULE(
    "operation",
    (): MlirOp | undefined => {
      const results = this.OPTION(() => this.SUBRULE(this.results)) ?? [];
      const name = this.OR<IToken>([{ ALT: () => this.CONSUME(t.OpName) }, { ALT: () => this.CONSUME(t.GenericName) }]);
      const items: Item[] = [];
      this.MANY(() => {
        this.OR1([{ ALT: () => this.CONSUME(t.Comma) }, { ALT: () => this.keep(items, this.SUBRULE(this.item)) }]);
      });
      return this.ACTION(() => {
        return opOfItems({ name: bareText(name.image), span: tokenSpan(this.source, name), results }, items);
      });
    },
    { recoveryValueFunc: () => undefined },
  );

  private readonly results: GrammarRule<MlirResult[]> = this.RULE(
    "results",
    (): MlirResult[] => {
      const results: MlirResult[] = [];
      const first = this.CONSUME(t.ResultId);
      const count = this.OPTION(() => this.SUBRULE(this.resultCount));
      results.push(this.resultOf(first, count));
      this.MANY(() => {
        this.CONSUME(t.Comma);
        const next = this.CONSUME(t.ValueId);
        const nextCount = this.OPTION1(() => this.SUBRULE1(this.resultCount));
        results.push(this.resultOf(next, nextCount));
      });
      this.CONSUME(t.Equals);
      return results;
    },
    { recoveryValueFunc: () => [] },
  );

  private readonly resultCount: GrammarRule<number> = this.RULE(
    "resultCount",
    (): number => {
      this.CONSUME(t.Colon);
      return Number(this.CONSUME(t.NumberToken).image);
    },
    { recoveryValueFunc: () => 1 },
  );

  private readonly item: GrammarRule<Item> = this.RULE(
    "item",
    (): Item =>
      this.OR<Item>([
        { ALT: () => ({ kind: "operand", value: this.nameOf(this.CONSUME(t.ValueId)) }) },
        { GATE: () => this.LA(2).tokenType === t.Equals, ALT: () => this.SUBRULE(this.named) },
        { ALT: () => ({ kind: "word", text: this.CONSUME(t.Word).image }) },
        { ALT: () => ({ kind: "symbol", symbol: this.nameOf(this.CONSUME(t.SymbolName)) }) },
        { ALT: () => this.SUBRULE(this.group) },
        { GATE: () => this.isRegion(), ALT: () => ({ kind: "region", region: this.SUBRULE(this.region) }) },
        { ALT: () => ({ kind: "fields", fields: this.SUBRULE(this.dictionary) }) },
        { ALT: () => this.SUBRULE(this.properties) },
        { ALT: () => this.SUBRULE(this.opType) },
        { ALT: () => this.SUBRULE(this.arrow) },
        { ALT: () => ({ kind: "literal", value: this.SUBRULE(this.literal) }) },
      ]),
    { recoveryValueFunc: () => noItem },
  );

  private readonly named: GrammarRule<Item> = this.RULE(
    "named",
    (): Item => {
      const name = this.CONSUME(t.Word).image;
      this.CONSUME(t.Equals);
      return { kind: "attr", name, value: this.SUBRULE(this.attr) };
    },
    { recoveryValueFunc: () => noItem },
  );

  /** `<{a = 1}>` of the generic form. */
  private readonly properties: GrammarRule<Item> = this.RULE(
    "properties",
    (): Item => {
      this.CONSUME(t.Less);
      const fields = this.SUBRULE(this.dictionary);
      this.CONSUME(t.Greater);
      return { kind: "fields", fields };
    },
    { recoveryValueFunc: () => noItem },
  );

  /** Operands, parameters or regions in round brackets. */
  private readonly group: GrammarRule<Item> = this.RULE(
    "group",
    (): Item => {
      const items: Item[] = [];
      this.CONSUME(t.LeftParen);
      this.MANY(() => {
        this.OR([
          { ALT: () => this.CONSUME(t.Comma) },
          { ALT: () => this.keep(items, { kind: "region", region: this.SUBRULE(this.region) }) },
          { GATE: () => this.LA(2).tokenType === t.Colon, ALT: () => this.keep(items, this.SUBRULE(this.arg)) },
          { GATE: () => this.isNamedWord(), ALT: () => this.keep(items, this.SUBRULE(this.named)) },
          { ALT: () => this.keep(items, this.SUBRULE(this.groupOperand)) },
          { ALT: () => this.SUBRULE(this.groupWord) },
        ]);
      });
      this.CONSUME(t.RightParen);
      return { kind: "group", items };
    },
    { recoveryValueFunc: () => noItem },
  );

  /** `init:` */
  private readonly groupWord: GrammarRule<void> = this.RULE("groupWord", (): void => {
    this.CONSUME(t.Word);
    this.OPTION(() => this.CONSUME(t.Colon));
  });

  /** `%a`, or `%iteration = %a`, of which the second one is read. */
  private readonly groupOperand: GrammarRule<Item> = this.RULE(
    "groupOperand",
    (): Item => {
      const first = this.CONSUME(t.ValueId);
      const second = this.OPTION(() => {
        this.CONSUME(t.Equals);
        return this.CONSUME1(t.ValueId);
      });
      return { kind: "operand", value: this.nameOf(second ?? first) };
    },
    { recoveryValueFunc: () => noItem },
  );

  private readonly arg: GrammarRule<Item> = this.RULE(
    "arg",
    (): Item => ({ kind: "arg", arg: this.SUBRULE(this.blockArg) }),
  );

  private readonly blockArg: GrammarRule<BlockArg> = this.RULE(
    "blockArg",
    (): BlockArg => {
      const named = this.nameOf(this.CONSUME(t.ValueId));
      this.CONSUME(t.Colon);
      const type = this.SUBRULE(this.type);
      const attrs = this.OPTION(() => this.SUBRULE(this.dictionary)) ?? new Map();
      return { ...named, type, attrs };
    },
    { recoveryValueFunc: () => noArg },
  );

  private readonly region: GrammarRule<Region> = this.RULE(
    "region",
    (): Region => {
      this.CONSUME(t.LeftBrace);
      const args = this.OPTION(() => this.SUBRULE(this.label)) ?? [];
      const ops: MlirOp[] = [];
      let isBranching = false;
      this.MANY(() => {
        this.OR([
          { ALT: () => this.keep(ops, this.SUBRULE(this.operation)) },
          {
            ALT: () => {
              this.SUBRULE1(this.label);
              isBranching = true;
            },
          },
        ]);
      });
      this.CONSUME(t.RightBrace);
      return { args, ops, isBranching };
    },
    { recoveryValueFunc: () => noRegion },
  );

  /** `^bb0(%arg0: tensor<f32>):` */
  private readonly label: GrammarRule<BlockArg[]> = this.RULE(
    "label",
    (): BlockArg[] => {
      const args: BlockArg[] = [];
      this.CONSUME(t.BlockId);
      this.OPTION(() => {
        this.CONSUME(t.LeftParen);
        this.MANY_SEP({ SEP: t.Comma, DEF: () => this.keep(args, this.SUBRULE(this.blockArg)) });
        this.CONSUME(t.RightParen);
      });
      this.CONSUME(t.Colon);
      return args;
    },
    { recoveryValueFunc: () => [] },
  );

  private readonly opType: GrammarRule<Item> = this.RULE(
    "opType",
    (): Item => {
      this.CONSUME(t.Colon);
      return this.OR<Item>([
        { ALT: () => ({ kind: "type", type: { kind: "function", ...this.SUBRULE(this.functionType) } }) },
        {
          ALT: () => {
            const types = [this.SUBRULE(this.type)];
            this.MANY(() => {
              this.CONSUME(t.Comma);
              types.push(this.SUBRULE1(this.type));
            });
            return { kind: "type", type: { kind: "list", types } };
          },
        },
      ]);
    },
    { recoveryValueFunc: () => noItem },
  );

  /** The results of a function, or what follows an arrow in the dimension numbers of a convolution. */
  private readonly arrow: GrammarRule<Item> = this.RULE(
    "arrow",
    (): Item => {
      this.CONSUME(t.Arrow);
      return this.OR<Item>([
        { ALT: () => ({ kind: "literal", value: this.SUBRULE(this.list) }) },
        { ALT: () => ({ kind: "results", results: [{ type: this.SUBRULE(this.type), attrs: new Map() }] }) },
        {
          ALT: () => {
            const results: FunctionResult[] = [];
            this.CONSUME(t.LeftParen);
            this.MANY_SEP({ SEP: t.Comma, DEF: () => this.keep(results, this.SUBRULE(this.functionResult)) });
            this.CONSUME(t.RightParen);
            return { kind: "results", results };
          },
        },
      ]);
    },
    { recoveryValueFunc: () => noItem },
  );

  private readonly functionResult: GrammarRule<FunctionResult> = this.RULE(
    "functionResult",
    (): FunctionResult => {
      const type = this.SUBRULE(this.type);
      const attrs = this.OPTION(() => this.SUBRULE(this.dictionary)) ?? new Map();
      return { type, attrs };
    },
    { recoveryValueFunc: () => ({ type: noType, attrs: new Map() }) },
  );

  /** `k = 2` between round brackets. */
  private isNamedWord(): boolean {
    return this.LA(1).tokenType === t.Word && this.LA(2).tokenType === t.Equals;
  }

  private isRegion(): boolean {
    const { tokenType } = this.LA(2);
    return [t.OpName, t.GenericName, t.ResultId, t.BlockId].includes(tokenType);
  }

  private resultOf(token: IToken, count: number | undefined): MlirResult {
    return this.ACTION(() => ({ name: token.image, count: count ?? 1, span: tokenSpan(this.source, token) }));
  }
}

const parser = new MlirParser();

/** Reads the tokens of one text. */
export function readOps(source: Source, tokens: readonly IToken[]): ReadOps {
  return parser.read(source, tokens);
}
