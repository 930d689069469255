// The Node host of WebGPU: right values, clear errors, and no exception whatever happens to its child process.
// Where no adapter can be had, the tests that need one are skipped, and the reason is printed.

import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { checkJob } from "../../targets/gpu-host/check-job.ts";
import { type GpuJob, type GpuResult, guaranteedGpuLimits } from "../../targets/gpu-host/gpu.ts";
import { makeNodeGpuHost } from "../../targets/gpu-host/node.ts";

const host = makeNodeGpuHost();
const availability = await host.describe();
const why = availability.ok ? "" : ` [skipped: ${availability.reason}; ${availability.remedy}]`;
if (why !== "") process.stderr.write(`gpu-host:${why}\n`);
const withAdapter = test.skipIf(!availability.ok);

afterAll(() => host.close());

const addWgsl = `
@group(0) @binding(0) var<storage, read> lhs: array<f32>;
@group(0) @binding(1) var<storage, read> rhs: array<f32>;
@group(0) @binding(2) var<storage, read_write> sum: array<f32>;
override scale: f32 = 1.0;

@compute @workgroup_size(64)
fn add(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&sum)) {
    sum[id.x] = (lhs[id.x] + rhs[id.x]) * scale;
  }
}
`;

function bytes(values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function addJob(lhs: readonly number[], rhs: readonly number[]): GpuJob {
  const byteLength = lhs.length * 4;
  return {
    modules: [{ name: "add", wgsl: addWgsl }],
    buffers: [
      { name: "lhs", byteLength, init: bytes(lhs) },
      { name: "rhs", byteLength, init: bytes(rhs) },
      { name: "sum", byteLength },
    ],
    steps: [
      {
        kind: "dispatch",
        module: "add",
        entryPoint: "add",
        bindings: ["lhs", "rhs", "sum"].map((buffer, binding) => ({ group: 0, binding, buffer })),
        workgroups: [Math.ceil(lhs.length / 64), 1, 1],
      },
    ],
    readBack: ["sum"],
  };
}

/** A job that keeps its adapter busy for long, so that the child can be killed or timed out meanwhile. */
function slowJob(): GpuJob {
  const wgsl = `
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(64)
fn spin(@builtin(global_invocation_id) id: vec3u) {
  var state = id.x;
  for (var i = 0u; i < 200000u; i++) { state = state * 1664525u + 1013904223u; }
  x[id.x] = state;
}`;
  const bindings = [{ group: 0, binding: 0, buffer: "x" }];
  const step = { kind: "dispatch", module: "spin", entryPoint: "spin", bindings, workgroups: [1024, 1, 1] } as const;
  const steps = Array.from({ length: 2000 }, () => step);
  return { modules: [{ name: "spin", wgsl }], buffers: [{ name: "x", byteLength: 262144 }], steps, readBack: ["x"] };
}

function floats(result: GpuResult, name: string): readonly number[] {
  if (!result.ok) throw new Error(result.reason);
  return [...new Float32Array(result.outputs.get(name) ?? new ArrayBuffer(0))];
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

function setEnvironment(name: string, value: string): void {
  const old = process.env[name];
  process.env[name] = value;
  onTestFinished(() => {
    if (old === undefined) delete process.env[name];
    else process.env[name] = old;
  });
}

describe(`a job on the Node host${why}`, () => {
  withAdapter("adds two vectors", async () => {
    const result = await host.run(addJob([1, 2, 3], [10, 20, 30.5]));
    expect(floats(result, "sum")).toEqual([11, 22, 33.5]);
  });

  withAdapter("offers at least what WebGPU guarantees", async () => {
    if (!availability.ok) return;
    const { limits, kind, name } = availability.adapter;
    expect(name).not.toBe("");
    expect(["hardware", "software"]).toContain(kind);
    expect(limits.maxComputeInvocationsPerWorkgroup).toBeGreaterThanOrEqual(256);
    expect(limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(
      guaranteedGpuLimits.maxStorageBuffersPerShaderStage,
    );
  });

  withAdapter("runs steps in order, with copies, constants and parts of buffers", async () => {
    const job = addJob([1, 2, 3, 4], [1, 1, 1, 1]);
    const [add] = job.steps;
    if (add?.kind !== "dispatch") throw new Error("the first step is a dispatch");
    const copy = { kind: "copy", src: "sum", srcByteOffset: 0, dst: "rhs", dstByteOffset: 0, byteLength: 8 } as const;
    const result = await host.run({ ...job, steps: [add, copy, { ...add, constants: { scale: 2 } }] });
    expect(floats(result, "sum")).toEqual([6, 10, 8, 10]);
  });

  withAdapter("fills buffers, and keeps lengths that are no multiple of 4", async () => {
    const init = Uint8Array.of(1, 2, 3);
    const buffers = [
      { name: "odd", byteLength: 7, init, fillWord: 0x7fc00000 },
      { name: "empty", byteLength: 0 },
    ];
    const result = await host.run({ modules: [], buffers, steps: [], readBack: ["odd", "empty"] });
    if (!result.ok) throw new Error(result.reason);
    expect([...new Uint8Array(result.outputs.get("odd") ?? new ArrayBuffer(0))]).toEqual([1, 2, 3, 0x7f, 0, 0, 0xc0]);
    expect(result.outputs.get("empty")?.byteLength).toBe(0);
  });

  withAdapter("moves tens of megabytes unharmed", async () => {
    const init = new Uint8Array(24 * 1024 * 1024).map((_, index) => (index * 31) >> 3);
    const buffers = [{ name: "big", byteLength: init.byteLength, init }];
    const result = await host.run({ modules: [], buffers, steps: [], readBack: ["big"] });
    if (!result.ok) throw new Error(result.reason);
    expect(Buffer.compare(init, new Uint8Array(result.outputs.get("big") ?? new ArrayBuffer(0)))).toBe(0);
  });
});

describe(`a job in parts${why}`, () => {
  withAdapter("keeps its buffers and modules from part to part", async () => {
    const session = await host.open();
    if (!session.ok) throw new Error(session.reason);
    const { modules, buffers, steps } = addJob([1, 2, 3], [10, 20, 30]);
    expect(await session.run({ modules, buffers, steps: [] })).toEqual({ ok: true });
    const writes = [{ buffer: "lhs", bytes: bytes([5, 6]) }];
    expect(await session.run({ modules: [], buffers: [], writes, steps })).toEqual({ ok: true });
    expect(floats(await session.finish(["sum"]), "sum")).toEqual([15, 26, 33]);
    expect(await session.run({ modules: [], buffers: [], steps })).toMatchObject({ ok: false, kind: "job" });
  });

  withAdapter("leaves other jobs alone, and ends with its first mistake", async () => {
    const session = await host.open();
    if (!session.ok) throw new Error(session.reason);
    const { buffers, steps } = addJob([1], [2]);
    const failed = await session.run({ modules: [], buffers, steps });
    expect(failed).toMatchObject({ ok: false, kind: "job", reason: 'step 0: no module "add"' });
    expect(floats(await host.run(addJob([1], [2])), "sum")).toEqual([3]);
    expect(await session.finish(["sum"])).toEqual(failed);
  });
});

describe(`a mistake in a job${why}`, () => {
  withAdapter("in WGSL names the module, the line and the column", async () => {
    const job = addJob([1], [2]);
    const wgsl = addWgsl.replace("lhs[id.x] + rhs", "lhs[id.x] + nothing");
    const result = await host.run({ ...job, modules: [{ name: "broken", wgsl }, ...job.modules] });
    expect(result).toMatchObject({ ok: false, kind: "shader", places: [{ module: "broken", line: 10, column: 30 }] });
    if (!result.ok) expect(result.reason).toMatch(/module "broken", 10:30: .*nothing/);
  });

  withAdapter("in an entry point names it", async () => {
    const job = addJob([1], [2]);
    const steps = job.steps.map((step) => ({ ...step, entryPoint: "subtract" }));
    const result = await host.run({ ...job, steps });
    expect(result).toMatchObject({ ok: false, kind: "shader", reason: expect.stringContaining("add/subtract") });
  });

  withAdapter("in a binding is reported, and the host continues", async () => {
    const job = addJob([1], [2]);
    const steps = job.steps.map((step) => (step.kind === "dispatch" ? { ...step, bindings: [] } : step));
    const result = await host.run({ ...job, steps });
    expect(result).toMatchObject({ ok: false, kind: "job", reason: expect.stringContaining("bind group") });
    expect(floats(await host.run(job), "sum")).toEqual([3]);
  });

  test("is found before a device sees it", () => {
    const job = addJob([1], [2]);
    const [add] = job.steps;
    if (add?.kind !== "dispatch") throw new Error("the first step is a dispatch");
    const wrong: GpuJob = {
      modules: [...job.modules, ...job.modules],
      buffers: job.buffers.slice(0, 2),
      steps: [{ ...add, workgroups: [65536, 1, 1] }],
      readBack: ["sum"],
    };
    expect(checkJob(wrong, guaranteedGpuLimits)).toEqual([
      'module "add" is declared twice',
      "step 0: launches 65536 x 1 x 1 workgroups; each may be 0 to 65535",
      'step 0: no buffer "sum"',
      'no buffer "sum" to read back',
    ]);
  });
});

describe("a host without an adapter", () => {
  test("says that TGC_WEBGPU=off switched it off", async () => {
    setEnvironment("TGC_WEBGPU", "off");
    const found = await makeNodeGpuHost().describe();
    const remedy = expect.stringContaining("unset TGC_WEBGPU");
    expect(found).toMatchObject({ ok: false, kind: "unavailable", reason: expect.stringContaining("off"), remedy });
  });

  test("names the choices when TGC_WEBGPU is none of them", async () => {
    setEnvironment("TGC_WEBGPU", "fast");
    const result = await makeNodeGpuHost().run(addJob([1], [2]));
    expect(result).toMatchObject({ ok: false, remedy: expect.stringContaining("hardware, software or off") });
  });
});

describe(`a child process that is lost${why}`, () => {
  withAdapter("while it runs a job is reported, and another one starts", async () => {
    const own = makeNodeGpuHost();
    onTestFinished(() => own.close());
    await own.describe();
    const running = own.run(slowJob());
    await pause(200);
    process.kill(own.childPid() ?? Number.NaN, "SIGKILL");
    expect(await running).toMatchObject({ ok: false, kind: "unavailable", reason: expect.stringContaining("SIGKILL") });
    expect(own.childPid()).toBeUndefined();
    expect(floats(await own.run(addJob([1], [2])), "sum")).toEqual([3]);
  });

  withAdapter("to a hang is ended and reported", async () => {
    const own = makeNodeGpuHost({ jobTimeoutMs: 300 });
    onTestFinished(() => own.close());
    expect(await own.run(slowJob())).toMatchObject({
      ok: false,
      kind: "timeout",
      reason: expect.stringContaining("0.3 s"),
    });
  });
});
