// `tgc doctor` says what is there, and for what is missing what brings it.
import { afterEach, expect, test, vi } from "vitest";
import { runTgc } from "../../run-tgc.ts";

interface Finding {
  readonly name: string;
  readonly isFine: boolean;
  readonly found: string;
  readonly remedy?: string;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

test("what is missing has its remedy, and ends with 0 where tgc runs without it", async () => {
  vi.stubEnv("TGC_WEBGPU", "off");
  const { exitCode, out } = await runTgc(["doctor", "--json"]);
  expect(exitCode).toBe(0);
  const report: { schema: string; findings: readonly Finding[] } = JSON.parse(out);
  expect(report.schema).toBe("tgc.doctor/1");
  expect(report.findings.map(({ name }) => name)).toEqual(["Node", "webgpu", "@sparticuz/chromium", "WebGPU adapter"]);
  expect(report.findings.find(({ name }) => name === "Node")).toMatchObject({ isFine: true, found: process.version });
  expect(report.findings.find(({ name }) => name === "WebGPU adapter")).toMatchObject({ isFine: false });
  for (const { name, isFine, remedy } of report.findings) expect([name, remedy === undefined]).toEqual([name, isFine]);
  expect((await runTgc(["doctor"])).out).toMatch(/^tgc \d.*\n.* cores, [\s\S]*\nok +Node +v\d/);
});
