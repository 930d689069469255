// The binary digits of 2 / pi after the point, which the reduction of large angles needs.

/** Words of 32 bits, the first digits first. Source: 2 / pi, computed to 224 bits; as in the tables of fdlibm's e_rem_pio2.c. */
export const twoOverPiWords: readonly number[] = [
  0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab,
];

const wordBits = 32n;
const digits = twoOverPiWords.reduce((sum, word) => (sum << wordBits) | BigInt(word), 0n);
const digitBits = BigInt(twoOverPiWords.length) * wordBits;

/** 2^exponent / (2 pi) less the nearest integer, with the full precision of f64: turns of an angle of 2^exponent. */
export function turnsOfPowerOfTwo(exponent: number): number {
  // 1 / (2 pi) is a quarter of 2 / pi.
  const unit = digitBits + 2n;
  const fraction = (digits << BigInt(exponent)) & ((1n << unit) - 1n);
  const kept = 60n;
  const turns = Number(fraction >> (unit - kept)) / Number(1n << kept);
  return turns < 0.5 ? turns : turns - 1;
}
