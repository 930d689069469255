// A program with its options as the fragment of an address, which no server gets to see: JSON, compressed, in the letters that addresses
// may have. Whatever a link holds is checked here.

import { deflateSync, Inflate } from "fflate";
import { at, fail, ok, problem, type Result } from "../../ir-spec/base/result.ts";
import { type LabOptions, type LabState, usualOptions } from "./lab-data.ts";

/** Says how the rest is to be read; another form gets another one. */
const version = "1.";
/** Of a fragment (characters); browsers show and pass on longer addresses badly. Assumed. */
export const maxFragment = 200_000;
/** Of what it holds (B). */
const maxBytes = 2_000_000;
/** Bytes that are inflated at once: deflate makes at most about a thousand of one. */
const step = 256;

/** Without the `#`; options that have their usual values are left out. */
export function encodeFragment({ text, options }: LabState): string {
  const usual = Object.entries(usualOptions);
  const kept = Object.entries(options).filter(([name, value]) => {
    const other = usual.find(([known]) => known === name)?.[1];
    return JSON.stringify(value) !== JSON.stringify(other);
  });
  const bytes = deflateSync(new TextEncoder().encode(JSON.stringify({ text, ...Object.fromEntries(kept) })), {
    level: 9,
  });
  const letters = [...bytes].map((byte) => String.fromCharCode(byte)).join("");
  return `${version}${btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** Reads a fragment, with or without its `#`. */
export function decodeFragment(fragment: string): Result<LabState> {
  const words = fragment.replace(/^#/, "");
  if (words.length > maxFragment) return wrong(`it has ${words.length} characters, expected at most ${maxFragment}`);
  if (!words.startsWith(version))
    return wrong(`expected \`${version}\` at its beginning, found \`${words.slice(0, 8)}\``);
  if (!/^[\w-]*$/.test(words.slice(version.length)))
    return wrong("found a character that links of the lab do not have");
  const bytes = inflate(words.slice(version.length));
  if (bytes === undefined) return wrong("its compressed part is cut off or changed");
  const value = readJson(new TextDecoder().decode(bytes));
  return value === undefined ? wrong("what it holds is no JSON") : readState(value);
}

const wrong = (why: string) => fail([at(problem("E1702", { why }), undefined)]);

/** Undefined where it is damaged, or larger than a program is. */
function inflate(letters: string): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  let length = 0;
  let isWhole = false;
  const stream = new Inflate((part, isLast) => {
    parts.push(part);
    length += part.length;
    isWhole = isLast;
  });
  try {
    const packed = Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    for (let from = 0; from < packed.length && length <= maxBytes; from += step) {
      stream.push(packed.subarray(from, from + step), from + step >= packed.length);
    }
  } catch {
    // Both throw for what they did not make.
    return undefined;
  }
  return isWhole && length <= maxBytes ? joined(parts, length) : undefined;
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isNumbers = (value: unknown): value is LabOptions["set"] =>
  isRecord(value) && Object.values(value).every((number) => typeof number === "number" && Number.isFinite(number));

/** Names that mean nothing else to the page, which looks them up. */
const isName = (value: unknown): value is string => typeof value === "string" && /^[\w#.-]{0,80}$/.test(value);

function readState(value: unknown): Result<LabState> {
  if (!isRecord(value) || typeof value.text !== "string") return wrong("it holds no program");
  const { text, ...given } = value;
  const options: Record<string, unknown> = { ...usualOptions };
  for (const [name, usual] of Object.entries(usualOptions)) {
    if (!Object.hasOwn(given, name)) continue;
    const isRight = typeof usual === "string" ? isName(given[name]) : isNumbers(given[name]);
    if (!isRight) return wrong(`its option ${name} has a value that it cannot have`);
    options[name] = given[name];
  }
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(usualOptions, name));
  if (unknown !== undefined) return wrong(`it has an option that there is not: ${unknown.slice(0, 40)}`);
  // Each field of `usualOptions` is there, and of its type.
  return ok({ text, options: options as unknown as LabOptions });
}
