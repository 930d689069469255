// WGSL texts of MX formats: where a scale lies, and what it does to an element.

/** Elements of a row that are contracted together. */
export const packedElements = 4;

/** The row of the scales' tile for row `p` of the tile, an expression. */
export const scaleRowText = (p: string, first: string): string => `mx_row(${p}, ${first})`;

/** Functions that the texts here call, beside those of the shared library. */
export const mxFunctions = `
// The partition with the scale of partition p: four of each quadrant of 32, one for each 8.
fn mx_row(p: u32, first: u32) -> u32 { return (p & ~31u) + first + ((p & 31u) >> 3u); }
// 2^n for n from -126 to 127.
fn mx_power(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }
// x times 2^n in two steps, each of which is a number that f32 has.
fn mx_shifted(x: f32, n: i32) -> f32 {
  let half = n / 2;
  return x * mx_power(half) * mx_power(n - half);
}
fn mx_over(x: f32, scale: u32) -> f32 {
  if (scale == 255u) { return float_of(0x7fc00000u); }
  return mx_shifted(x, 127 - i32(scale));
}
fn mx_scaled(x: f32, scale: u32) -> f32 {
  if (scale == 255u) { return float_of(0x7fc00000u); }
  return mx_shifted(x, i32(scale) - 127);
}
`;
