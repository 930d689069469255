// Links of the lab: what is put into one comes out of it, and whatever else an address holds is refused with a reason.

import fc from "fast-check";
import { deflateSync } from "fflate";
import { expect, test } from "vitest";
import { decodeFragment, encodeFragment } from "../../../src/lab/fragment.ts";
import { type LabState, usualOptions } from "../../../src/lab/lab-data.ts";

const state: LabState = {
  text: "// ü → 試\ngraph g(x: f32[4]) -> (y: f32[4]) { y = relu(x) }\n",
  options: { ...usualOptions, target: "tiny", set: { dmaEngines: 32 }, dims: { T: 256 }, graph: "g" },
};

/** The fragment of a page that makes links as it likes. */
function fragmentOf(text: string): string {
  return `1.${Buffer.from(deflateSync(new TextEncoder().encode(text))).toString("base64url")}`;
}

const whyOf = (fragment: string): string => {
  const read = decodeFragment(fragment);
  return read.ok ? "" : read.error.map(({ code, args }) => `${code} ${args.why}`).join();
};

test("a program and its options come back, with and without the sign before them", () => {
  const fragment = encodeFragment(state);
  expect(fragment).toMatch(/^1\.[\w-]+$/);
  expect(decodeFragment(fragment)).toEqual({ ok: true, value: state });
  expect(decodeFragment(`#${fragment}`)).toEqual({ ok: true, value: state });
});

test("options that have their usual values are left out", () => {
  const usual = encodeFragment({ text: "x", options: usualOptions });
  expect(usual.length).toBeLessThan(30);
  expect(decodeFragment(usual)).toEqual({ ok: true, value: { text: "x", options: usualOptions } });
});

test("any text comes back", () => {
  const texts = fc.string({ unit: "binary", maxLength: 200 });
  fc.assert(
    fc.property(texts, (text) => {
      const read = decodeFragment(encodeFragment({ text, options: usualOptions }));
      expect(read).toEqual({ ok: true, value: { text, options: usualOptions } });
    }),
    { numRuns: 20 },
  );
});

test.each([
  ["another version", "2.abc", "expected `1.` at its beginning, found `2.abc`"],
  ["a foreign fragment", "section-3", "expected `1.` at its beginning, found `section-`"],
  ["markup", "1.<img src=x>", "found a character that links of the lab do not have"],
  ["no deflate", "1.AAAA", "its compressed part is cut off or changed"],
  ["nothing", "1.", "its compressed part is cut off or changed"],
  ["cut off", encodeFragment(state).slice(0, -6), "its compressed part is cut off or changed"],
  ["no JSON", fragmentOf("graph"), "what it holds is no JSON"],
  ["a list", fragmentOf("[1]"), "it holds no program"],
  ["no text", fragmentOf('{"text": 3}'), "it holds no program"],
  ["a number as name", fragmentOf('{"text": "", "target": 3}'), "its option target has a value that it cannot have"],
  ["a path", fragmentOf('{"text": "", "target": "../x.json"}'), "its option target has a value that it cannot have"],
  ["a text as number", fragmentOf('{"text": "", "set": {"a": "1"}}'), "its option set has a value that it cannot have"],
  ["another option", fragmentOf('{"text": "", "__proto__": 1}'), "it has an option that there is not: __proto__"],
  ["long", `1.${"A".repeat(200_001)}`, "it has 200003 characters, expected at most 200000"],
])("refuses %s", (_what, fragment, why) => {
  expect(whyOf(fragment)).toBe(`E1702 ${why}`);
});

test("a little text that would become gigabytes is refused before it does", () => {
  const bomb = Buffer.from(deflateSync(new Uint8Array(10_000_000), { level: 9 })).toString("base64url");
  expect(bomb.length).toBeLessThan(200_000);
  expect(whyOf(`1.${bomb}`)).toBe("E1702 its compressed part is cut off or changed");
});

test("one letter changed anywhere is refused or gives another state, and never fails otherwise", () => {
  const fragment = encodeFragment(state);
  fc.assert(
    fc.property(fc.nat(fragment.length - 1), fc.constantFrom(..."AZaz09-_.#%"), (place, letter) => {
      const read = decodeFragment(fragment.slice(0, place) + letter + fragment.slice(place + 1));
      if (read.ok) expect(typeof read.value.text).toBe("string");
      else expect(read.error.map(({ code }) => code)).toEqual(["E1702"]);
    }),
    { numRuns: 100 },
  );
});
