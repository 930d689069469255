// Attribute kinds: compile-time constants of ops, pass options and schedule fields. A kind owns the TypeScript type,
// the check, and the text form both ways. `optional` ones may be absent and are then `null`.

import { type Dtype, dtypeNames, isDtype } from "./dtype.ts";

export type AttrValue = number | boolean | string | readonly number[] | readonly string[] | null;

interface Kind<K extends string, T> {
  readonly kind: K;
  readonly summary: string;
  readonly default?: T;
  readonly optional?: true;
}

export interface IntKind extends Kind<"int", number> {
  readonly min?: number;
  readonly max?: number;
}
/**
 * An axis of the first operand, or of the tensor whose shape the attribute `shape` gives. Negative ones count from the end
 * where they are written; nodes hold them counted from 0.
 */
export interface AxisKind extends Kind<"axis", number> {
  readonly of?: "shape";
}
/** Different axes of the first operand, or of the result, which has one more for each of them. */
export interface AxesKind extends Kind<"axes", readonly number[]> {
  readonly of?: "result";
}
/** All axes of the first operand, in another order; an empty list stands for the reverse order. */
export type PermKind = Kind<"perm", readonly number[]>;
export type FloatKind = Kind<"float", number>;
export type BoolKind = Kind<"bool", boolean>;
export type IntsKind = Kind<"ints", readonly number[]>;
export type FloatsKind = Kind<"floats", readonly number[]>;
export interface DtypeKind extends Kind<"dtype", Dtype> {
  /** Those that it may be, where not all. */
  readonly among?: readonly Dtype[];
}
export interface ChoiceKind<C extends string> extends Kind<"choice", C> {
  readonly choices: readonly C[];
}
/** An ordered selection of names, such as a loop order. */
export interface NamesKind<C extends string> extends Kind<"names", readonly C[]> {
  readonly choices: readonly C[];
}

export type AttrKind =
  | IntKind
  | AxisKind
  | AxesKind
  | PermKind
  | FloatKind
  | BoolKind
  | IntsKind
  | FloatsKind
  | DtypeKind
  | ChoiceKind<string>
  | NamesKind<string>;

export type AttrSpecs = Readonly<Record<string, AttrKind>>;

type Plain<K> = K extends { readonly kind: "int" | "axis" | "float" }
  ? number
  : K extends { readonly kind: "bool" }
    ? boolean
    : K extends { readonly kind: "ints" | "axes" | "perm" | "floats" }
      ? readonly number[]
      : K extends { readonly kind: "dtype" }
        ? Dtype
        : K extends { readonly kind: "names"; readonly choices: readonly (infer C)[] }
          ? readonly C[]
          : K extends { readonly kind: "choice"; readonly choices: readonly (infer C)[] }
            ? C
            : never;

/** The TypeScript type of an attribute of kind K. */
export type AttrOf<K> = K extends { readonly optional: true } ? Plain<K> | null : Plain<K>;

type HasDefault = { readonly optional: true } | { readonly default: unknown };
/** The attributes that are given: those with a default, and optional ones, may be left out. */
export type GivenAttrValues<A extends AttrSpecs> = {
  readonly [N in keyof A as A[N] extends HasDefault ? never : N]: AttrOf<A[N]>;
} & { readonly [N in keyof A as A[N] extends HasDefault ? N : never]?: AttrOf<A[N]> };

/** Attributes by name of which nothing is known, such as those that a text gives. */
export type LooseAttrs = Readonly<Record<string, AttrValue | undefined>>;
export type AttrValues<A extends AttrSpecs> = { readonly [N in keyof A]: AttrOf<A[N]> };

/** All values of a table of attributes: what is given, defaults, and `null` for what has neither. */
export function completeAttrs<A extends AttrSpecs>(specs: A, given: LooseAttrs = {}): AttrValues<A> {
  const values: Record<string, AttrValue> = {};
  for (const [name, { default: otherwise = null }] of Object.entries(specs)) {
    const value = given[name];
    values[name] = value === undefined ? otherwise : value;
  }
  return values as AttrValues<A>;
}

function describeInt({ min, max }: IntKind): string {
  if (max !== undefined) return `an integer from ${min ?? 0} to ${max}`;
  return min === undefined ? "an integer" : `an integer of at least ${min}`;
}

/** What the kind wants, for messages: "an integer", "one of none, tanh". */
export function describeKind(kind: AttrKind): string {
  switch (kind.kind) {
    case "int":
      return describeInt(kind);
    case "axis":
      return "an axis";
    case "axes":
    case "perm":
      return "a list of axes";
    case "float":
      return "a number";
    case "bool":
      return "true or false";
    case "ints":
      return "a list of integers";
    case "floats":
      return "a list of numbers";
    case "dtype":
      return `a dtype (${(kind.among ?? dtypeNames).join(", ")})`;
    case "choice":
      return `one of ${kind.choices.map((c) => `"${c}"`).join(", ")}`;
    case "names":
      return `a list of ${kind.choices.join(", ")}`;
    default:
      return kind satisfies never;
  }
}

/** True when `value` is of the kind (`null` where the attribute is optional). */
export function fitsKind(kind: AttrKind, value: AttrValue): boolean {
  if (value === null) return kind.optional === true;
  switch (kind.kind) {
    case "int":
      return (
        isInteger(value) &&
        value >= (kind.min ?? Number.NEGATIVE_INFINITY) &&
        value <= (kind.max ?? Number.POSITIVE_INFINITY)
      );
    case "axis":
      return isInteger(value);
    case "float":
      return typeof value === "number";
    case "bool":
      return typeof value === "boolean";
    case "ints":
    case "axes":
    case "perm":
      return Array.isArray(value) && value.every(isInteger);
    case "floats":
      return Array.isArray(value) && value.every((v) => typeof v === "number");
    case "dtype":
      return typeof value === "string" && isDtype(value) && (kind.among ?? dtypeNames).includes(value);
    case "choice":
      return typeof value === "string" && kind.choices.includes(value);
    case "names":
      return Array.isArray(value) && value.every((v) => typeof v === "string" && kind.choices.includes(v));
    default:
      return kind satisfies never;
  }
}

/** Larger integers lose their last digits in arithmetic. */
function isInteger(value: AttrValue): value is number {
  return Number.isSafeInteger(value);
}

/** Prints a number so that reading it back gives the same number: `1`, `0.5`, `1e-5`, `inf`, `-inf`, `nan`. */
export function printNumber(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (x === Number.POSITIVE_INFINITY) return "inf";
  if (x === Number.NEGATIVE_INFINITY) return "-inf";
  return Object.is(x, -0) ? "-0" : String(x).replace("e+", "e");
}

/** Prints an attribute value as the language writes it; choices are quoted, dtypes and names are not. */
export function printAttrValue(kind: AttrKind, value: AttrValue): string {
  if (value === null) return "none";
  if (typeof value === "number") return printNumber(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return kind.kind === "dtype" ? value : `"${value}"`;
  return `[${value.map((v) => (typeof v === "number" ? printNumber(v) : v)).join(", ")}]`;
}

export function attrsEqual(a: Readonly<Record<string, AttrValue>>, b: Readonly<Record<string, AttrValue>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => attrValuesEqual(a[name], b[name]));
}

/** True when both are the same value; lists are compared element by element. */
export function attrValuesEqual(a: AttrValue | undefined, b: AttrValue | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((v, index) => Object.is(v, b[index]));
  return Object.is(a, b);
}
