// The matchers of `tgc/vitest`, used as a suite uses them, and what they say where they fail.
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { type Graph, parse, unwrap } from "../../../src/index.ts";
import "../../../src/vitest.ts";

const graphOf = (body: string): Graph => unwrap(parse(`graph g(x: f32[8, 8]) -> (y: f32[8, 8]) { ${body} }`));
const stored = graphOf("y = relu(x)");
const target = { target: "tiny" } as const;

test("a program matches the stored one, under whatever names", () => {
  expect(stored).toMatchKernel("relu", target);
  expect(graphOf("h = relu(x)\n y = h")).toMatchKernel("relu", target);
});

test("other values are called so, with the report of `tgc diff`", () => {
  const compare = () => expect(graphOf("y = abs(x)")).toMatchKernel("relu", target);
  expect(compare).toThrow(/meaning/);
  expect(compare).toThrow(/vitest -u/);
  expect(() => expect(stored).toMatchKernel("relu", { target: "webgpu" })).toThrow("no instruction stream");
});

test("executors agree, and a program that does not compile says why", async () => {
  await expect(stored).toAgree(target);
  const failing = expect(stored).toAgree({ target: "tinny" });
  await expect(failing).rejects.toThrow("did you mean `tiny`?");
});

test("nothing else is stored", () => {
  expect(existsSync(new URL("__kernels__/relu.s", import.meta.url))).toBe(true);
});
