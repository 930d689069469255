// The space of a sweep: its points, and what is wrong with files that are none.
import { describe, expect, test } from "vitest";
import { parseSpace, pointAt } from "../../../src/sweep/space.ts";

const read = (space: unknown) => parseSpace({ name: "space.json", text: JSON.stringify(space) });

describe("points", () => {
  test("every combination once, the last list varying fastest", () => {
    const space = read({
      dims: { M: [1, 2], N: [8] },
      targets: ["tiny", "trn1"],
      fields: { y: { slots: [2, 3] }, "*": { order: [["m", "n"]] } },
    });
    if (!space.ok) throw new Error("no space");
    const points = Array.from({ length: space.value.count }, (_, index) => pointAt(space.value, index));
    expect(points.map(({ dims, target, fields }) => [dims.M, target, fields.y?.slots])).toEqual([
      [1, "tiny", 2],
      [1, "tiny", 3],
      [1, "trn1", 2],
      [1, "trn1", 3],
      [2, "tiny", 2],
      [2, "tiny", 3],
      [2, "trn1", 2],
      [2, "trn1", 3],
    ]);
    expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(8);
    expect(points[0]?.schedule).toBe("heuristic");
    expect(Object.keys(points[0]?.fields ?? {})).toEqual(["y", "*"]);
  });

  test("a space that says nothing has one point", () => {
    const space = read({});
    expect(space.ok && space.value.count).toBe(1);
  });
});

describe("what is no space", () => {
  test.each([
    [[], "E1640"],
    ["text", "E1640"],
    [{ machines: ["trn2"] }, "E1640"],
    [{ targets: "trn2" }, "E1640"],
    [{ targets: [] }, "E1640"],
    [{ targets: ["trn1", "trn1"] }, "E1640"],
    [{ dims: { M: [0] } }, "E1640"],
    [{ dims: { M: [1.5] } }, "E1640"],
    [{ dims: { "M; N": [1] } }, "E1640"],
    [{ set: { dmaEngines: ["16"] } }, "E1640"],
    [{ set: [1] }, "E1640"],
    [{ fields: { y: { slots: [{}] } } }, "E1640"],
    [{ fields: { y: { slots: ["a }"] } } }, "E1640"],
    [{ fields: { "y }": { slots: [1] } } }, "E1640"],
    [{ dims: { A: count(200), B: count(200), C: count(200) } }, "E1641"],
  ])("%j", (space, code) => {
    const found = read(space);
    expect(found.ok ? [] : found.error.map((each) => each.code)).toEqual([code]);
  });

  test.each(["", "{", '{"dims": {"__proto__": [1]}}'])("the text %s", (text) => {
    expect(parseSpace({ name: "space.json", text }).ok).toBe(false);
  });
});

function count(to: number): readonly number[] {
  return Array.from({ length: to }, (_, index) => index + 1);
}
