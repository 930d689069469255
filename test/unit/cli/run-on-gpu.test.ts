// `tgc run` of later stages on webgpu-isa: the same outputs, bit for bit, as on the simulator, and the same diagnostics.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeNodeGpuHost } from "../../../targets/gpu-host/node.ts";
import { makeFolder, smallProgram } from "./run-in-folder.ts";

const host = makeNodeGpuHost();
const adapter = await host.describe();
await host.close();
if (!adapter.ok) console.warn(`webgpu tests are skipped: ${adapter.reason}; ${adapter.remedy}`);

const outside = readFileSync(new URL("../../golden/errors/E1005.s", import.meta.url), "utf8");

const folder = makeFolder();
beforeAll(async () => {
  folder.write("small.tg", smallProgram);
  folder.write("outside.s", outside);
  folder.write("unproven.s", readFileSync(new URL("../../golden/run/unproven.s", import.meta.url)));
  await folder.run("compile", "small.tg", "--target", "tiny", "-o", "small.s");
  await folder.run("lower", "small.tg", "--target", "tiny", "-o", "small.tile");
});
afterAll(() => folder.remove());

describe.skipIf(!adapter.ok)("with an adapter", () => {
  test.each([["small.s"], ["small.tile", "--target", "tiny"]])(
    "%s has the outputs that the simulator has",
    async (...argv) => {
      const onGpu = await folder.json("run", ...argv, "--on", "webgpu-isa", "--seed", "5", "--out", "gpu");
      await folder.run("run", ...argv, "--seed", "5", "--out", "sim");
      expect(onGpu).toMatchObject({
        ok: true,
        executor: "webgpu-isa",
        adapter: expect.any(String),
        files: ["gpu/y.npy"],
      });
      expect(folder.read("gpu/y.npy")).toBe(folder.read("sim/y.npy"));
    },
  );

  test.each([["outside.s"], ["unproven.s"]])("what is wrong with %s is said as by the simulator", async (file) => {
    const onGpu = await folder.run("run", file, "--on", "webgpu-isa");
    const simulated = await folder.run("run", file);
    expect(onGpu).toEqual(simulated);
    expect(onGpu.exitCode).toBe(1);
    expect(onGpu.log).toMatch(/--> \w+\.s:\d+/);
  });
});

test("an executor of graphs alone is refused", async () => {
  const { exitCode, log } = await folder.run("run", "small.s", "--on", "webgpu");
  expect([exitCode, log]).toEqual([1, expect.stringContaining("E1313")]);
});
