// What the editor offers at a place of a program: completions, and the words about what is under the pointer. Pure functions of the text
// and of the facts of the language.

import type { LabAttr, LabFacts, LabOp } from "./lab-data.ts";

export interface Offer {
  readonly label: string;
  readonly kind: "op" | "attr" | "value" | "dtype" | "name" | "keyword";
  readonly detail: string;
  readonly info: string;
  /** What is written in place of the word. */
  readonly apply: string;
}

export interface Offers {
  /** Where the word begins that they replace. */
  readonly from: number;
  readonly offers: readonly Offer[];
}

/** Farther back no call is looked for (characters). */
const maxLookBack = 4000;

/** The text without comments and the insides of strings, of the same length. */
function blanked(text: string): string {
  return text.replace(/\/\/[^\n]*|"[^"\n]*"?/g, (found) => " ".repeat(found.length));
}

/** The op in whose brackets a place is. */
export function enclosingCall(text: string, place: number, facts: LabFacts): LabOp | undefined {
  const before = blanked(text.slice(0, place)).slice(-maxLookBack);
  let depth = 0;
  for (let index = before.length - 1; index >= 0; index--) {
    const sign = before[index] ?? "";
    if (")]".includes(sign)) depth++;
    if ("{};".includes(sign)) return undefined;
    if (!"([".includes(sign)) continue;
    if (depth > 0) depth--;
    else if (sign === "(") {
      const name = /(\w+)\s*$/.exec(before.slice(0, index))?.[1];
      return facts.ops.find((op) => op.name === name);
    }
  }
  return undefined;
}

export function offersAt(text: string, place: number, facts: LabFacts): Offers | undefined {
  const before = text.slice(text.lastIndexOf("\n", place - 1) + 1, place);
  if (/\/\//.test(before)) return undefined;
  const [word = ""] = /\w*$/.exec(before) ?? [];
  if (/^\d/.test(word)) return undefined;
  const from = place - word.length;
  const call = enclosingCall(text, from, facts);
  const given = /(\w+)\s*=\s*"?$/.exec(before.slice(0, before.length - word.length))?.[1];
  const attr = call?.attrs.find(({ name }) => name === given);
  if (attr !== undefined)
    return { from: attrStart(text, from), offers: attr.choices.map((choice) => valueOffer(choice, attr)) };
  if (/:\s*$/.test(before.slice(0, before.length - word.length))) return { from, offers: facts.dtypes.map(dtypeOffer) };
  const attrs = call?.attrs.map(attrOffer) ?? [];
  const keywords = facts.keywords.map((label) => ({ ...plain(label), kind: "keyword" as const }));
  const names = namesIn(text, place, facts).map((label) => ({ ...plain(label), kind: "name" as const }));
  return { from, offers: [...attrs, ...names, ...facts.ops.map(opOffer), ...keywords] };
}

/** A choice is offered with its quotes, which may be there already. */
const attrStart = (text: string, from: number): number => (text[from - 1] === '"' ? from - 1 : from);

const plain = (label: string) => ({ label, detail: "", info: "", apply: label });

function opOffer({ name, call, summary }: LabOp): Offer {
  return { label: name, kind: "op", detail: call.slice(name.length), info: summary, apply: `${name}(` };
}

function attrOffer({ name, takes, usual }: LabAttr): Offer {
  const detail = usual === "" ? takes : `${takes}, ${usual} unless given`;
  return { label: name, kind: "attr", detail, info: "", apply: `${name}=` };
}

function valueOffer(choice: string, { name }: LabAttr): Offer {
  return { ...plain(choice), kind: "value", detail: name };
}

function dtypeOffer(name: string): Offer {
  return { ...plain(name), kind: "dtype", detail: "dtype", apply: `${name}[` };
}

/** Names of the program, but the word that is being typed. */
function namesIn(text: string, place: number, { ops, keywords, dtypes }: LabFacts): readonly string[] {
  const known = new Set([...ops.map(({ name }) => name), ...keywords, ...dtypes]);
  const names = new Set<string>();
  for (const { 0: name, index } of blanked(text).matchAll(/[A-Za-z_]\w*/g)) {
    const isTyped = index < place && index + name.length >= place;
    if (!isTyped && !known.has(name)) names.add(name);
  }
  return [...names];
}

/** What is said about a word: an op, an attribute of the call around it, or a dtype's size. */
export interface Words {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly text: string;
}

export function wordsAt(text: string, place: number, facts: LabFacts): Words | undefined {
  const start = place - (/\w*$/.exec(text.slice(0, place))?.[0].length ?? 0);
  const end = place + (/^\w*/.exec(text.slice(place))?.[0].length ?? 0);
  const word = text.slice(start, end);
  if (word === "" || /\/\//.test(text.slice(text.lastIndexOf("\n", start - 1) + 1, start))) return undefined;
  const attr = enclosingCall(text, start, facts)?.attrs.find(({ name }) => name === word);
  if (attr !== undefined && /^\s*=/.test(text.slice(end))) {
    return { from: start, to: end, title: `${attr.name}=${attr.usual === "" ? "..." : attr.usual}`, text: attr.takes };
  }
  const op = facts.ops.find(({ name }) => name === word);
  const isCall = /^\s*\(/.test(text.slice(end));
  return op !== undefined && isCall
    ? { from: start, to: end, title: op.call, text: `${op.summary}\n${op.detail}` }
    : undefined;
}
