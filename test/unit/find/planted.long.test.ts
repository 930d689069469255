// Mistakes of all kinds, planted in every program and stage: nearly all ops and kinds are named.
import { expect, test } from "vitest";
import { choose, plantedCases } from "./plant.ts";
import { plantedPrograms } from "./planted-programs.ts";

test("planted mistakes", () => {
  const verdicts = Object.keys(plantedPrograms).flatMap((program) => [
    ...choose(plantedCases(program, "naive"), 2),
    ...choose(
      plantedCases(program, "heuristic").filter(({ mistake }) => mistake.kind === "stale ring slot"),
      2,
    ),
  ]);
  const [withoutOp, withoutKind] = [
    verdicts.filter(({ namesOp }) => !namesOp),
    verdicts.filter(({ namesKind }) => !namesKind),
  ];
  console.log(`${verdicts.length} planted; no op: ${withoutOp.length}, no kind: ${withoutKind.length}`);
  for (const { what, answer } of new Set([...withoutOp, ...withoutKind])) console.log(`${what} => ${answer}`);
  expect(verdicts.length).toBeGreaterThan(200);
  expect(withoutOp.length / verdicts.length).toBeLessThan(0.06);
  expect(withoutKind.length / verdicts.length).toBeLessThan(0.06);
});
