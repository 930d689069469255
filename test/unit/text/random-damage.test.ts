// Programs damaged at random: never a crash, always diagnostics with places inside the text, which can be shown.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { diagnosticJson, renderDiagnostics } from "../../../src/report/diagnostics.ts";
import { formatModule, parseGraphs } from "../../../src/text/index.ts";

const folder = fileURLToPath(new URL("../../../samples/", import.meta.url));
const samples = readdirSync(folder)
  .filter((file) => file.endsWith(".tg"))
  .map((file) => readFileSync(folder + file, "utf8"));

const pieces = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  "=",
  "-",
  "->",
  "<",
  '"',
  "for",
  "return",
  "graph",
  "1",
  "x",
  "\n",
  ";",
  "λ",
  "0..3",
  ":",
];

interface Damage {
  readonly at: number;
  readonly removed: number;
  readonly added: string;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(4000),
  removed: fc.nat(12),
  added: fc.oneof(fc.constantFrom(...pieces), fc.constant(""), fc.string({ maxLength: 5 })),
});

function apply(text: string, { at, removed, added }: Damage): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + added + text.slice(place + removed);
}

test("damaged programs give diagnostics, not crashes", () => {
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.array(damage, { minLength: 1, maxLength: 4 }), (sample, damages) => {
      const text = damages.reduce(apply, sample);
      const result = parseGraphs({ name: "damaged.tg", text });
      formatModule({ name: "damaged.tg", text });
      if (result.ok) return;
      expect(result.error.length).toBeGreaterThan(0);
      expect(renderDiagnostics(result.error, { color: false })).not.toMatch(/\{\w+\}: |undefined|NaN/);
      for (const { span } of result.error.map((found) => ({ ...found, json: diagnosticJson(found) }))) {
        expect(span?.start).toBeGreaterThanOrEqual(0);
        expect(span?.end).toBeGreaterThanOrEqual(span?.start ?? 0);
        expect(span?.end).toBeLessThanOrEqual(text.length);
      }
    }),
    { numRuns: 150 },
  );
});
