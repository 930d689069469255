// The arguments of an instruction by its row in THE INSTRUCTION TABLE: the names of its fields, and for each what it holds. What is made by
// name is held against them, so that a wrong field does not compile; what comes from a text or an image is checked when it is read.

import type { AttrKind, AttrOf } from "../../ir-spec/base/attr.ts";
import type { ArgsOf, BlocksOf, ResolvedArgs } from "./isa/define.ts";
import type { InstName, insts } from "./isa/index.ts";
import type { Argument, Instruction } from "./stream.ts";

type FieldsOf<N extends InstName> = (typeof insts)[N]["fields"];

/** An argument of one kind. */
export type HeldArgument<K extends Argument["kind"]> = Extract<Argument, { readonly kind: K }>;

/** What a field holds. */
type ArgumentOf<F> = F extends { readonly kind: "value"; readonly attr: infer A extends AttrKind }
  ? { readonly kind: "value"; readonly value: AttrOf<A> }
  : F extends { readonly kind: infer K extends Exclude<Argument["kind"], "value"> }
    ? HeldArgument<K>
    : never;

/** Whether it may be left out: optional operands, and immediates that are optional or have a default. */
type MayLack<F> = F extends { readonly optional: true }
  ? true
  : F extends { readonly attr: { readonly optional: true } } | { readonly attr: { readonly default: unknown } }
    ? true
    : false;

/** The arguments of an instruction of a name. */
export type InstArgs<N extends InstName> = {
  readonly [F in keyof FieldsOf<N> as MayLack<FieldsOf<N>[F]> extends true ? never : F]: ArgumentOf<FieldsOf<N>[F]>;
} & {
  readonly [F in keyof FieldsOf<N> as MayLack<FieldsOf<N>[F]> extends true ? F : never]?: ArgumentOf<FieldsOf<N>[F]>;
};

/** The fields that hold operands. */
export type OperandFieldName<N extends InstName> = {
  readonly [F in keyof FieldsOf<N>]: FieldsOf<N>[F] extends { readonly kind: "operand" } ? F : never;
}[keyof FieldsOf<N>] &
  string;

/** Something for each of them; those that may be left out may be absent. */
export type ForOperandFields<N extends InstName, T> = {
  readonly [F in OperandFieldName<N> as MayLack<FieldsOf<N>[F]> extends true ? never : F]: T;
} & { readonly [F in OperandFieldName<N> as MayLack<FieldsOf<N>[F]> extends true ? F : never]?: T };

type KeptBy<N extends InstName, K extends string> =
  (typeof insts)[N] extends Readonly<Record<K, infer T>> ? T : undefined;

/** The arguments of one execution, with every number known. */
export type ResolvedArgsOf<N extends InstName> = ArgsOf<FieldsOf<N>, KeptBy<N, "weights">>;

/** The arguments of an execution if it is of one of the named instructions. A resolver made them of its fields, so that the cast is right. */
export function argsIfOf<N extends InstName>(
  names: ReadonlySet<N>,
  inst: InstName,
  args: ResolvedArgs,
): ResolvedArgsOf<N> | undefined {
  const all: ReadonlySet<InstName> = names;
  return all.has(inst) ? (args as unknown as ResolvedArgsOf<N>) : undefined;
}

/** The names of what an execution reads and writes: its operands, and what its engine keeps. */
export type BlockName<N extends InstName> = keyof BlocksOf<
  FieldsOf<N>,
  KeptBy<N, "weights">,
  KeptBy<N, "generators">,
  KeptBy<N, "accumulator">
> &
  string;

export function makeInst<N extends InstName>(inst: N, args: InstArgs<N>, kernel: number): Instruction {
  return { kind: "inst", inst, args: args as Instruction["args"], kernel };
}
