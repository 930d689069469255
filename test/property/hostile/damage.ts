// Damage done to valid texts and bytes, as an attacker or a broken disk would: numbers, names, tokens and lines of texts; fields,
// parts and lengths of binary files. All choices come from a seed.
import type { Random } from "../../../src/find/fuzz/random-choices.ts";

/** What a number in a file may be and should not. */
export const oddNumbers: readonly string[] = [
  ...["0", "1", "2", "3", "7", "64", "65", "127", "128", "129", "-1", "-2", "0.5", "1.5"],
  ...["2147483647", "2147483648", "-2147483648", "4294967295", "4294967296", "4294967297"],
  ...["9007199254740991", "9007199254740992", "1000000000000000", "18446744073709551616", "1e15", "1e308", "1e999"],
  ...["1000000", "65536", "65535", "100000", "nan", "inf", "true", "none"],
];

/** Names that JavaScript, terminals or file systems take for something else. */
export const oddNames: readonly string[] = [
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype", "length"],
  ...["\u001b[31m", "\u001b]0;x\u0007", "\u202e", "\u2066x\u2069", "\ud800", "\u0000", "\ufeff", "ñ", "名"],
  ...["../../etc/passwd", "/dev/null", "CON", ".", "a/b", "%0", "%", "_", "x".repeat(300), "y".repeat(20_000)],
];

const pattern = /0x[\da-f]+|[A-Za-z_%]\w*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\s+|->|\.\.|./gsu;

/** A text in tokens, blanks included, so that they join to the text. */
function tokensOf(text: string): string[] {
  return text.match(pattern) ?? [];
}

const isNumber = (token: string): boolean => /^\d/.test(token);
const isName = (token: string): boolean => /^[A-Za-z_%]/.test(token);

/** The places of the tokens of a kind. */
function placesOf(tokens: readonly string[], isWanted: (token: string) => boolean): readonly number[] {
  return tokens.flatMap((token, place) => (isWanted(token) ? [place] : []));
}

type Damage = (random: Random, tokens: string[]) => void;

const replaceWith =
  (isWanted: (token: string) => boolean, replacements: readonly string[]): Damage =>
  (random, tokens) => {
    const places = placesOf(tokens, isWanted);
    if (places.length > 0) tokens[random.pick(places)] = random.pick(replacements);
  };

const pickPlace = (random: Random, tokens: readonly string[]): number => random.below(Math.max(1, tokens.length));

/** Lines from a random one on. */
const moveLines: Damage = (random, tokens) => {
  const lines = tokens.join("").split("\n");
  const place = pickPlace(random, lines);
  const line = lines[place] as string;
  const change = random.below(4);
  if (change === 0) lines.splice(place, 1);
  if (change === 1) lines.splice(place, 0, line);
  if (change === 2) lines.splice(place, 1 + random.below(5));
  if (change === 3) lines.splice(pickPlace(random, lines), 0, ...lines.splice(place, 1));
  tokens.splice(0, tokens.length, ...tokensOf(lines.join("\n")));
};

const depths: readonly number[] = [2, 10, 60, 70, 300, 3000];

/** Puts something around a name or number: brackets, signs, operators, indices, calls. */
const wrap: Damage = (random, tokens) => {
  const places = placesOf(tokens, (token) => isName(token) || isNumber(token));
  if (places.length === 0) return;
  const place = random.pick(places);
  const depth = random.pick(depths);
  const [before, after] = random.pick([
    ["(", ")"],
    ["[", "]"],
    ["-", ""],
    ["", " + 1"],
    ["", "[0]"],
    ["relu(", ")"],
    ["x * ", ""],
  ] as const);
  tokens[place] = before.repeat(depth) + (tokens[place] as string) + after.repeat(depth);
};

/** Puts loops, kernels or schedules around a line, or closes none of them. */
const nest: Damage = (random, tokens) => {
  const lines = tokens.join("").split("\n");
  const place = pickPlace(random, lines);
  const depth = random.pick(depths);
  const open = random.pick(["for i in 0..2 {", "for i in 0..1000000000 {", "kernel k {", "schedule s for g {"]);
  const close = random.oneIn(4) ? "" : "}".repeat(depth);
  lines.splice(place, 1, open.repeat(depth), lines[place] as string, close);
  tokens.splice(0, tokens.length, ...tokensOf(lines.join("\n")));
};

/** Functions that each call the one before `calls` times, and a call of the last one around a name. */
const callDeeply: Damage = (random, tokens) => {
  const places = placesOf(tokens, isName);
  const levels = random.pick([5, 20, 40, 70]);
  const body = random.pick(["f#(x)", "f#(x) + f#(x)", "f#(f#(x))", "f#(x, x)", "f#(y=x)"]);
  const defs = Array.from(
    { length: levels },
    (_, level) => `def f${level + 1}(x) { return ${body.replaceAll("#", `${level}`)} }`,
  );
  const place = random.pick(places.length === 0 ? [0] : places);
  tokens[place] = `f${levels}(${tokens[place] ?? "x"})`;
  tokens.unshift(`def f0(x) { return ${random.pick(["relu(x)", "x + 1", "x", "f1(x)"])} }\n${defs.join("\n")}\n`);
};

const exchange: Damage = (random, tokens) => {
  const [one, other] = [pickPlace(random, tokens), pickPlace(random, tokens)];
  [tokens[one], tokens[other]] = [tokens[other] ?? "", tokens[one] ?? ""];
};

/** The same kinds more than once are likelier. */
const damages: readonly Damage[] = [
  ...new Array<Damage>(6).fill(replaceWith(isNumber, oddNumbers)),
  ...new Array<Damage>(2).fill(replaceWith(isName, oddNames)),
  (random, tokens) => replaceWith(isName, tokens.filter(isName))(random, tokens),
  (random, tokens) => replaceWith(isName, tokens.filter(isName))(random, tokens),
  (random, tokens) => void tokens.splice(pickPlace(random, tokens), 1 + random.below(3)),
  (random, tokens) => void tokens.splice(pickPlace(random, tokens), 0, random.pick(tokens)),
  (random, tokens) => void tokens.splice(pickPlace(random, tokens), 0, random.pick(oddNames)),
  (random, tokens) => void tokens.splice(pickPlace(random, tokens)),
  exchange,
  moveLines,
  wrap,
  nest,
  callDeeply,
];

/** A text with one to four damages. */
export function damageText(random: Random, text: string): string {
  const tokens = tokensOf(text);
  for (let count = random.oneIn(2) ? 1 : 1 + random.below(4); count > 0; count--) random.pick(damages)(random, tokens);
  return tokens.join("");
}

/** A text with one to three numbers replaced: what is damaged otherwise is mostly refused for its form. */
export function damageNumbers(random: Random, text: string): string {
  const tokens = tokensOf(text);
  for (let count = 1 + random.below(3); count > 0; count--) replaceWith(isNumber, oddNumbers)(random, tokens);
  return tokens.join("");
}

/** Either. */
export function damageTextOrNumbers(random: Random, text: string): string {
  return random.oneIn(2) ? damageNumbers(random, text) : damageText(random, text);
}

const oddBytes: readonly number[] = [0, 1, 2, 0x7f, 0x80, 0xff];
const oddWords: readonly bigint[] = [
  0n,
  1n,
  0xffffn,
  0x7fffffffn,
  0xffffffffn,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

/** Bytes with one to four damages: some overwritten, numbers of 2, 4 or 8 bytes replaced, parts removed, doubled or appended. */
export function damageBytes(random: Random, bytes: Uint8Array): Uint8Array {
  let damaged = [...bytes];
  for (let count = 1 + random.below(4); count > 0; count--) {
    const place = random.below(Math.max(1, damaged.length));
    const length = 1 + random.below(16);
    const change = random.below(6);
    if (change === 0) damaged[place] = random.pick(oddBytes);
    if (change === 1) damaged[place] = (damaged[place] ?? 0) ^ (1 << random.below(8));
    if (change === 2) damaged.splice(place, length);
    if (change === 3) damaged.splice(place, 0, ...damaged.slice(place, place + length));
    if (change === 4) damaged = damaged.slice(0, place);
    if (change === 5)
      damaged.splice(place, random.pick([2, 4, 8]), ...wordBytes(random.pick(oddWords), random.pick([2, 4, 8])));
  }
  return Uint8Array.from(damaged);
}

/** Bytes of the same number with one to four of them, or numbers of 2, 4 or 8 bytes, replaced behind the header of an image. */
export function damageWords(random: Random, bytes: Uint8Array): Uint8Array {
  const damaged = bytes.slice();
  const headerBytes = Math.min(64, bytes.length - 1);
  for (let count = 1 + random.below(4); count > 0; count--) {
    const place = headerBytes + random.below(bytes.length - headerBytes);
    const word = random.oneIn(2) ? [random.below(256)] : wordBytes(random.pick(oddWords), random.pick([1, 2, 4, 8]));
    damaged.set(word.slice(0, bytes.length - place), place);
  }
  return damaged;
}

function wordBytes(word: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number((word >> BigInt(8 * index)) & 0xffn));
}
