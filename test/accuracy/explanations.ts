// The running text of ACCURACY.md.

import type { Comparison } from "./instruction-table.ts";

export function textOfSummary(comparisons: readonly Comparison[]): string {
  const closePercent = 3;
  const close = comparisons.filter(({ errorPercent }) => Math.abs(errorPercent) <= closePercent);
  return `Predicted and measured times on trn2, one core. The constants in \`targets/neuron/machines/trn2.json\` are fitted to single
instructions only: ${close.length} of ${comparisons.length} rows lie within ${closePercent} % of the middle of what was measured. Nothing is fitted to whole
kernels; their errors are what is left.`;
}

export function textOfClock({ all, right }: { readonly all: number; readonly right: number }): string {
  return `The systolic array runs at half clock until a window of 3.4 us is nearly full of work, and again after one with little.
Given what the array did in each window of six measured runs, the rule gives the measured clock in ${right} of ${all} windows.

Products that add to one accumulator follow each other as fast as any others in the traces (f32, 128 columns: 111 to 112 ns, for
the same accumulator as for different ones), so there is no rule for that.`;
}

export const textOfDescriptors = `A descriptor directly after another one starts before that one is done; an engine that was idle is sooner done with
its first one. Whole nanoseconds are coarse for the short ones, so their rows are means. Descriptors that software generates (256 B
in 41 ns) are not modelled, nor what engines take longer when many of them are at HBM at once, beyond its bandwidth.`;

export const textOfPlainest = `Before each product the plainest schedule loads two tiles, 128 rows of 256 B and 128 rows of 1 KiB, and everything
depends on what a small transfer costs. Measured are 1.05 us for each of the 8192 products.

- **Triggers.** A trigger of a transfer holds its queue for 517 to 605 ns (instruction traces). If one queue triggers the loads of
  both operands, that alone is 1.03 to 1.21 us for each product, 8.5 to 9.9 ms in all, which would explain the measurement
  without any other cause: see the variation with one queue. Our streams use a queue for each operand, side by side.
- **Loads in flight.** A transfer takes 1.9 us besides its bytes, so the number of buffers decides when nothing else does. How far
  ahead the published kernel loads is not known; we assume four tiles.
- **Descriptors.** They cost 14 ns for 256 B and 42 ns for 1 KiB in the traces, 28 ns on average. The profile of the published
  kernel, DMA time by descriptors, gives 86 ns, and the figure in the DMA overview about 107 ns up to 2 KiB. Both divide the time of
  whole transfers by their descriptors: the eight descriptors of an engine share what a transfer costs by itself, and an engine
  that waits for the next trigger may count as busy. We follow the traces, which time each descriptor on its own; the last
  variation shows that 86 ns for each would be too much.
- **The array's clock.** It works for less than half of the time and so at half clock, predicted and, it seems, measured: 587 ns
  for each product in the profile, where traces have 379 at full and 630 at half clock.`;

export const textOfSources = `The traffic tells whether our streams do the same work. With f32 they do, so what is left is how they do it: ours run
three kernels one after the other, each with its own first load and last store, and leave nearly all of the softmax to the
vector engine, while the published ones keep the scalar engine as busy. With bf16 the published kernels write the probabilities
as f32, ours as bf16. The fused kernels of that publication are not reproduced: no schedule keeps the scores on chip.

Of the square products those are predicted too slow whose k is cut in blocks, the more the smaller the blocks: sums of blocks that
do not fit in PSUM meet in an f32 tile in SBUF that is filled with zeros first and copied out last, all by the vector engine, while
the array waits; sums that fit keep their banks while they are copied out. The same engine empties the transposes of a left
operand that lies with m first. Small products are predicted too fast: measured times exceed the array's own by 45 to 50 us at
every size, while the instruction traces show about 25 us before and behind the work, and the model follows the traces.

## Sources

Single instructions: instruction traces of attention kernels, allenkchau/trainium-kernel-fusion at d709ddf (own statistics).
4096^3: aws-neuron/neuron-agentic-development, worked example of its bounds analysis. Square products: awslabs/nki-autotune,
autotune/gemm/trn2-scoreboard.md at 616e222. The numbers stand in \`test/accuracy/measured-*.ts\`.`;
