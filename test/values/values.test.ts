// Every case of values, right on everything that can run it. Without an adapter the executors that need one are left out, aloud.
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { makeNodeGpuHost } from "../../targets/gpu-host/node.ts";
import { rootFolder } from "../run-tgc.ts";
import { runValueCase } from "./run-case.ts";
import { readValueCases } from "./value-case.ts";

const host = makeNodeGpuHost();
const adapter = await host.describe();
if (!adapter.ok) console.warn(`values are not tested on webgpu: ${adapter.reason}; ${adapter.remedy}`);
afterAll(() => host.close());

test.each([...readValueCases(join(rootFolder, "test/values"))])("$name", async (found) => {
  expect(await runValueCase(found, adapter.ok ? host : undefined)).toEqual([]);
});
