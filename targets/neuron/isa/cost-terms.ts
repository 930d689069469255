// Terms of costs: each is a number that depends on an execution, and its words in ISA.md. Rows are priced by them and described by them, so
// that no sentence says anything else than what is computed.

import type { Machine, MachineKey } from "../../../ir-spec/machine.ts";
import { numberOf, operandOf } from "./args.ts";
import { freeSize, type ResolvedArgs } from "./define.ts";

export interface Term {
  /** A formula of machine fields and sizes. */
  readonly text: string;
  /** How tightly its text binds: a sum needs brackets in a product. */
  readonly binds: "sum" | "product" | "atom";
  /** What names in the text mean, where they are not sizes: sentences without an end. */
  readonly notes: readonly string[];
  readonly value: (args: ResolvedArgs, machine: Machine) => number;
}

export const one: Term = { text: "1", binds: "atom", notes: [], value: () => 1 };

/** A number of the machine. */
export function field(name: MachineKey): Term {
  return { text: name, binds: "atom", notes: [], value: (_args, machine) => machine[name] as number };
}

/** Elements of each partition of an operand; `f`, where it is not dst's, or another name with what it means. */
export function elements(operand: string, name = "f", meaning?: string): Term {
  const said = meaning ?? (operand === "dst" ? undefined : `f being that of ${operand}`);
  const value = (args: ResolvedArgs): number => freeSize(operandOf(args, operand));
  return { text: name, binds: "atom", notes: said === undefined ? [] : [said], value };
}

/** A number that the instruction gives, 0 where it does not. */
export function immediate(name: string): Term {
  return { text: name, binds: "atom", notes: [], value: (args) => numberOf(args, name) ?? 0 };
}

/** Something else that an execution decides, by name and meaning. */
export function quantity(text: string, meaning: string, value: Term["value"]): Term {
  return { text, binds: "atom", notes: [meaning], value };
}

export function plus(...terms: readonly Term[]): Term {
  const value: Term["value"] = (args, machine) => terms.reduce((total, term) => total + term.value(args, machine), 0);
  return { text: terms.map(({ text }) => text).join(" + "), binds: "sum", notes: notesOf(terms), value };
}

export function times(...terms: readonly Term[]): Term {
  const value: Term["value"] = (args, machine) => terms.reduce((total, term) => total * term.value(args, machine), 1);
  return { text: terms.map(inProduct).join(" * "), binds: "product", notes: notesOf(terms), value };
}

export function over(of: Term, by: Term): Term {
  const value: Term["value"] = (args, machine) => of.value(args, machine) / by.value(args, machine);
  const divisor = by.binds === "atom" ? by.text : `(${by.text})`;
  return { text: `${inProduct(of)} / ${divisor}`, binds: "product", notes: notesOf([of, by]), value };
}

export function largest(...terms: readonly Term[]): Term {
  const value: Term["value"] = (args, machine) => Math.max(...terms.map((term) => term.value(args, machine)));
  return { text: `max(${terms.map(({ text }) => text).join(", ")})`, binds: "atom", notes: notesOf(terms), value };
}

export function roundedUp(term: Term): Term {
  const value: Term["value"] = (args, machine) => Math.ceil(term.value(args, machine));
  return { text: `ceil(${term.text})`, binds: "atom", notes: term.notes, value };
}

export function minus(from: Term, term: Term): Term {
  const value: Term["value"] = (args, machine) => from.value(args, machine) - term.value(args, machine);
  const subtracted = term.binds === "sum" ? `(${term.text})` : term.text;
  return { text: `${from.text} - ${subtracted}`, binds: "sum", notes: notesOf([from, term]), value };
}

/** A case of a term: in words, as a condition, and what holds then. */
export interface TermCase {
  readonly when: string;
  readonly holds: (args: ResolvedArgs, machine: Machine) => boolean;
  readonly term: Term;
}

/** A term with a name, of which the first case that holds decides: "rate being `dveRate32` for f32 in SBUF, else 1". */
export function oneOf(name: string, cases: readonly TermCase[], otherwise: Term): Term {
  const said = cases.map(({ when, term }) => `\`${term.text}\` ${when}`).join(", ");
  const note = `${name} being ${said}, else \`${otherwise.text}\``;
  const inner = notesOf([...cases.map(({ term }) => term), otherwise]);
  const value: Term["value"] = (args, machine) => {
    const found = cases.find(({ holds }) => holds(args, machine));
    return (found?.term ?? otherwise).value(args, machine);
  };
  return { text: name, binds: "atom", notes: [note, ...inner], value };
}

/** A term by a name, whose text is said apart. */
export function named(name: string, term: Term): Term {
  const own = `${name} being \`${term.text}\``;
  return { text: name, binds: name.includes(" ") ? "product" : "atom", notes: [own, ...term.notes], value: term.value };
}

/** What an operand costs where it is given. */
export function whereGiven(operand: string, term: Term): Term {
  const holds = (args: ResolvedArgs): boolean => args.operands[operand] !== undefined;
  return oneOf("more", [{ when: `with \`${operand}\``, holds, term }], { ...one, text: "0", value: () => 0 });
}

const inProduct = ({ text, binds }: Term): string => (binds === "sum" ? `(${text})` : text);

/** The notes of terms, each once. */
export function notesOf(terms: readonly Pick<Term, "notes">[]): readonly string[] {
  return [...new Set(terms.flatMap(({ notes }) => notes))];
}
