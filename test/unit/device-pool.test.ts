// Sessions share a device and what is compiled on it, until one of them fails, the device is lost or it has many modules.
import { expect, test } from "vitest";
import type { GpuSource } from "../../targets/gpu-host/adapter.ts";
import { type DevicePool, type Lease, makeDevicePool } from "../../targets/gpu-host/device-pool.ts";

interface FakeDevice {
  readonly destroy: () => void;
  readonly lost: Promise<unknown>;
  readonly lose: () => void;
  isDestroyed: boolean;
}

function fakeDevice(): FakeDevice {
  let lose = (): void => undefined;
  const lost = new Promise<void>((resolve) => {
    lose = resolve;
  });
  const device: FakeDevice = {
    lost,
    isDestroyed: false,
    lose: () => lose(),
    destroy() {
      device.isDestroyed = true;
      lose();
    },
  };
  return device;
}

/** A source whose devices are counted. */
function fakeSource() {
  const devices: FakeDevice[] = [];
  const requestDevice = async (): Promise<FakeDevice> => {
    devices.push(fakeDevice());
    return devices.at(-1) as FakeDevice;
  };
  const adapter = { info: { isFallbackAdapter: true }, limits: {}, features: new Set(), requestDevice };
  const source = { gpu: { requestAdapter: async () => adapter }, forceFallback: false, origin: "a test" };
  return { devices, pool: makeDevicePool(source as unknown as GpuSource) };
}

async function take(pool: DevicePool): Promise<Lease> {
  const lease = await pool.take();
  if (!lease.ok) throw new Error(lease.reason);
  return lease;
}

test("sessions side by side and one after another have one device and one library", async () => {
  const { devices, pool } = fakeSource();
  const [first, second] = await Promise.all([take(pool), take(pool)]);
  first.end(false);
  second.end(false);
  const third = await take(pool);
  expect(devices.length).toBe(1);
  expect(third.library).toBe(first.library);
  expect(devices[0]?.isDestroyed).toBe(false);
});

test("after a failure the next session has another device; the old one goes with its last session", async () => {
  const { devices, pool } = fakeSource();
  const failing = await take(pool);
  const other = await take(pool);
  failing.end(true);
  failing.end(true);
  expect(devices[0]?.isDestroyed).toBe(false);
  const next = await take(pool);
  expect(next.device).not.toBe(failing.device);
  other.end(false);
  expect(devices.map(({ isDestroyed }) => isDestroyed)).toEqual([true, false]);
});

test("a lost device serves no other session, nor does one with many modules or of a closed pool", async () => {
  const { devices, pool } = fakeSource();
  const lost = await take(pool);
  lost.end(false);
  devices[0]?.lose();
  await lost.device.lost;
  const full = await take(pool);
  expect(devices.length).toBe(2);
  for (let index = 0; index < 256; index++) full.library.shaders.set(`${index}`, {} as never);
  full.end(false);
  const last = await take(pool);
  expect(devices.length).toBe(3);
  last.end(false);
  pool.close();
  await take(pool);
  expect(devices.map(({ isDestroyed }) => isDestroyed)).toEqual([true, true, true, false]);
});

test("a source without an adapter says so each time", async () => {
  const source = { gpu: { requestAdapter: async () => null }, forceFallback: false, origin: "a test" };
  const pool = makeDevicePool(source as unknown as GpuSource);
  for (const _ of [1, 2]) expect(await pool.take()).toMatchObject({ ok: false, kind: "unavailable" });
});
