// The memory doctor: what is alive at the worst point of a kernel that does not fit, and remedies, each of which must really fit when it
// is written into the schedule.
import { describe, expect, test } from "vitest";
import { completeAttrs } from "../../../ir-spec/base/attr.ts";
import type { Diagnostic } from "../../../ir-spec/base/result.ts";
import type { Schedule } from "../../../ir-spec/schedule.ts";
import { kernelKindNames, kernelKinds } from "../../../passes/lower/kinds/index.ts";
import { shrinkings } from "../../../passes/lower/kinds/shrinks.ts";
import { graphToStream, graphToTiles } from "../../../src/driver/compile.ts";
import { explainMisfits } from "../../../src/why/memory/doctor.ts";
import { findRemedies } from "../../../src/why/memory/remedies.ts";
import type { Misfit } from "../../../targets/neuron/compile/misfits.ts";
import { type Program, readProgram } from "./support.ts";

function diagnose({ graph, options }: Program): Diagnostic {
  const made = graphToStream(graph, options);
  if (made.ok) throw new Error("the program fits");
  return explainMisfits(made.error, graph, options)[0] as Diagnostic;
}

const notesOf = (found: Diagnostic): readonly string[] => found.notes.map(({ text }) => text);

const product = (fields: string, m = 64): string => `graph g(x: f32[${m}, 256], w: f32[256, 32]) -> (y: f32[${m}, 32]) {
  y = relu(matmul(x, w))
}
schedule given for g { kernel y { ${fields} } }`;

const rows = (fields: string): string => `graph g(x: f32[8, 8192]) -> (y: f32[8, 8192]) { y = softmax(x) }
schedule given for g { kernel y { ${fields} } }`;

const chain = (fields: string): string => `graph g(q: f32[8, 8], k: f32[32, 8], v: f32[32, 8]) -> (y: f32[8, 8]) {
  kernel y {
    s = matmul(q, k, transpose_rhs=true)
    e = exp(s - reduce_max(s, axes=[1]))
    y = matmul(e / reduce_sum(e, axes=[1]), v)
  }
}
schedule given for g { kernel y { ${fields} } }`;

const misfits: readonly (readonly [string, string])[] = [
  ["many slots", product("slots_rhs=400, load_rhs=tile_2")],
  ["an operand kept whole", product('load_lhs="kernel", block_m=8', 512)],
  ["rows that are too long", rows("tile_columns=8192")],
  ["too many banks", chain("others=default, psum_banks=4, slots_psum=4, slots_single=8")],
];

describe("what does not fit", () => {
  test.each(misfits)("%s: every remedy fits when it is written down", (_name, text) => {
    const { graph, options } = readProgram(text);
    const made = graphToTiles(graph, options);
    if (!made.ok) throw new Error("the test's program is wrong");
    const { found, tried } = findRemedies({ graph: made.value.graph, program: made.value.value }, "y", options);
    expect(found.length).toBeGreaterThan(0);
    expect(tried).toBeLessThanOrEqual(80);
    for (const { fields } of found) {
      const written = readProgram(
        fields === "" ? text.replace(/schedule[\s\S]*/, "") : text.replace(/ } }$/, ` } kernel y { ${fields} } }`),
      );
      const schedule = written.options.schedule as Schedule | undefined;
      expect(graphToStream(graph, { ...options, schedule }).ok, fields).toBe(true);
    }
    const times = found.map(({ timeNs }) => timeNs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test("the live set is that of the worst statement, with sizes, lines and a map; figures hold the same", () => {
    const found = diagnose(readProgram(product('load_lhs="kernel", block_m=8', 512)));
    const notes = notesOf(found);
    expect(notes[0]).toMatch(/^statement \d+ of \d+ \(\w+\) needs \d+ B at once; others need \d+ B at other times$/);
    expect(notes[1]).toMatch(/^\[=+\], x: f32\[8, 32, 512\], 1 x 65536 B, 9\d %, line 2$/);
    expect(notes.some((text) => /fits: the kernel takes .* against the same with room for all of it$/.test(text))).toBe(
      true,
    );
    const { live, liveBytes, neededBytes, capacityBytes, worst } = found.figures as Misfit;
    expect(liveBytes).toBe(live.reduce((sum, { slots, slotBytes }) => sum + slots * slotBytes, 0));
    expect(liveBytes).toBeLessThanOrEqual(neededBytes);
    expect(neededBytes).toBeGreaterThan(capacityBytes);
    for (const { first, last } of live) expect(first <= worst && worst <= last).toBe(true);
  });

  test("temporaries of HBM are listed, and a fusion that needs fewer is compiled", () => {
    const text = `graph g(x: f32[64, 64], w: f32[64, 64]) -> (y: f32[64, 64]) { y = matmul(exp(neg(relu(x))), w) }`;
    const { graph, options } = readProgram(text);
    const small = { ...options.target.machine, hbmBytes: 16384 * 4 };
    const target = { ...options.target, machine: small };
    const notes = notesOf(diagnose({ graph, options: { ...options, fusion: "off", target } }));
    expect(notes.some((text) => text.startsWith("most temporaries at once in kernel "))).toBe(true);
    expect(notes.some((text) => /^--fuse (auto|forced) fits: the program takes /.test(text))).toBe(true);
  });

  test("other diagnostics stay as they are", () => {
    const { graph, options } = readProgram(product("slots_rhs=2"));
    expect(explainMisfits([], graph, options)).toEqual([]);
  });
});

describe("the table of what takes room", () => {
  test.each(kernelKindNames)("%s: values are of the field, and none is the one that it has", (kind) => {
    const { fields } = kernelKinds[kind];
    const given = completeAttrs(fields, {}) as Readonly<Record<string, number | string>>;
    for (const { field, values } of shrinkings(kind, given, 64)) {
      expect(Object.keys(fields)).toContain(field);
      expect(values).not.toContain(given[field]);
      expect(new Set(values).size).toBe(values.length);
    }
  });
});
