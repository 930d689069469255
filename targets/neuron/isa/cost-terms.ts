// Terms of costs: each is a number that depends on an execution, and its words in ISA.md. Rows are priced by them and described by them, so
// that no sentence says anything else than what is computed. A term's type says which arguments it reads, and that of a compound one which
// its parts read: no row takes one that reads what it does not have.

import type { Machine, MachineKey } from "../../../ir-spec/machine.ts";
import { freeSize, type Has, type HasValues, type MayHave } from "./define.ts";

/** Of executions with arguments A. */
export interface Term<A = unknown> {
  /** A formula of machine fields and sizes. */
  readonly text: string;
  /** How tightly its text binds: a sum needs brackets in a product. */
  readonly binds: "sum" | "product" | "atom";
  /** What names in the text mean, where they are not sizes: sentences without an end. */
  readonly notes: readonly string[];
  readonly value: (args: A, machine: Machine) => number;
}

export const one: Term = { text: "1", binds: "atom", notes: [], value: () => 1 };

/** A number of the machine. */
export function field(name: MachineKey): Term {
  return { text: name, binds: "atom", notes: [], value: (_args, machine) => machine[name] as number };
}

/** Elements of each partition of an operand; `f`, where it is not dst's, or another name with what it means. */
export function elements<const N extends string>(operand: N, name = "f", meaning?: string): Term<Has<N>> {
  const said = meaning ?? (operand === "dst" ? undefined : `f being that of ${operand}`);
  const value = (args: Has<N>): number => freeSize(args.operands[operand]);
  return { text: name, binds: "atom", notes: said === undefined ? [] : [said], value };
}

/** A number that the instruction gives. */
export function immediate<const N extends string>(name: N): Term<HasValues<N, number>> {
  return { text: name, binds: "atom", notes: [], value: (args) => args.values[name] };
}

/** Something else that an execution decides, by name and meaning. */
export function quantity<A>(text: string, meaning: string, value: Term<A>["value"]): Term<A> {
  return { text, binds: "atom", notes: [meaning], value };
}

export function plus<A, B>(left: Term<A>, right: Term<B>): Term<A & B> {
  const value: Term<A & B>["value"] = (args, machine) => left.value(args, machine) + right.value(args, machine);
  return { text: `${left.text} + ${right.text}`, binds: "sum", notes: notesOf([left, right]), value };
}

export function times<A, B>(left: Term<A>, right: Term<B>): Term<A & B> {
  const value: Term<A & B>["value"] = (args, machine) => left.value(args, machine) * right.value(args, machine);
  return { text: `${inProduct(left)} * ${inProduct(right)}`, binds: "product", notes: notesOf([left, right]), value };
}

export function over<A, B>(of: Term<A>, by: Term<B>): Term<A & B> {
  const value: Term<A & B>["value"] = (args, machine) => of.value(args, machine) / by.value(args, machine);
  const divisor = by.binds === "atom" ? by.text : `(${by.text})`;
  return { text: `${inProduct(of)} / ${divisor}`, binds: "product", notes: notesOf([of, by]), value };
}

export function largest<A, B>(left: Term<A>, right: Term<B>): Term<A & B> {
  const value: Term<A & B>["value"] = (args, machine) =>
    Math.max(left.value(args, machine), right.value(args, machine));
  return { text: `max(${left.text}, ${right.text})`, binds: "atom", notes: notesOf([left, right]), value };
}

export function roundedUp<A>(term: Term<A>): Term<A> {
  const value: Term<A>["value"] = (args, machine) => Math.ceil(term.value(args, machine));
  return { text: `ceil(${term.text})`, binds: "atom", notes: term.notes, value };
}

export function minus<A, B>(from: Term<A>, term: Term<B>): Term<A & B> {
  const value: Term<A & B>["value"] = (args, machine) => from.value(args, machine) - term.value(args, machine);
  const subtracted = term.binds === "sum" ? `(${term.text})` : term.text;
  return { text: `${from.text} - ${subtracted}`, binds: "sum", notes: notesOf([from, term]), value };
}

/** A case of a term: in words, as a condition, and what holds then. */
export interface TermCase<A> {
  readonly when: string;
  readonly holds: (args: A, machine: Machine) => boolean;
  readonly term: Term<A>;
}

/** A term with a name, of which the first case that holds decides: "rate being `dveRate32` for f32 in SBUF, else 1". */
export function oneOf<A>(name: string, cases: readonly TermCase<A>[], otherwise: Term<A>): Term<A> {
  const said = cases.map(({ when, term }) => `\`${term.text}\` ${when}`).join(", ");
  const note = `${name} being ${said}, else \`${otherwise.text}\``;
  const inner = notesOf([...cases.map(({ term }) => term), otherwise]);
  const value: Term<A>["value"] = (args, machine) => {
    const found = cases.find(({ holds }) => holds(args, machine));
    return (found?.term ?? otherwise).value(args, machine);
  };
  return { text: name, binds: "atom", notes: [note, ...inner], value };
}

/** A term by a name, whose text is said apart. */
export function named<A>(name: string, term: Term<A>): Term<A> {
  const own = `${name} being \`${term.text}\``;
  return { text: name, binds: name.includes(" ") ? "product" : "atom", notes: [own, ...term.notes], value: term.value };
}

/** What an operand costs where it is given. */
export function whereGiven<const N extends string, A>(operand: N, term: Term<A>): Term<MayHave<N> & A> {
  const holds = (args: MayHave<N>): boolean => args.operands[operand] !== undefined;
  return oneOf<MayHave<N> & A>("more", [{ when: `with \`${operand}\``, holds, term }], {
    ...one,
    text: "0",
    value: () => 0,
  });
}

const inProduct = ({ text, binds }: Pick<Term, "text" | "binds">): string => (binds === "sum" ? `(${text})` : text);

/** The notes of terms, each once. */
export function notesOf(terms: readonly Pick<Term, "notes">[]): readonly string[] {
  return [...new Set(terms.flatMap(({ notes }) => notes))];
}
