// The hash of images: a checksum of their bytes, and a fingerprint of a machine's numbers. It finds mistakes, not malice.

import { type Machine, machineKeys } from "../../../ir-spec/machine.ts";

const wordValues = 2 ** 32;

/**
 * FNV-1a of 64 bits, as 16 hexadecimal digits: for each byte `hash = (hash xor byte) * prime` modulo 2^64. Any change of
 * one byte changes it, since each step can be undone. The halves are kept apart, as an f64 holds no product of 64 bits.
 * Source: RFC 9923, The FNV Non-Cryptographic Hash Algorithm; its prime is 2^40 + 0x1b3.
 */
export function fnv1a64(bytes: Uint8Array): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  for (const byte of bytes) {
    low = (low ^ byte) >>> 0;
    const lowProduct = low * 0x1b3;
    const highProduct = high * 0x1b3 + Math.floor(lowProduct / wordValues) + ((low << 8) >>> 0);
    low = lowProduct >>> 0;
    high = highProduct >>> 0;
  }
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}

/**
 * Tells machines apart by their numbers: the hash of `name=value` lines, sorted by name, so that neither the order of
 * the fields nor the texts of a machine file matter.
 */
export function machineFingerprint(machine: Machine): string {
  const lines = machineKeys.map((key) => `${key}=${machine[key]}\n`).sort();
  return fnv1a64(new TextEncoder().encode(lines.join("")));
}
