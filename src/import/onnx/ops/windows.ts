// What convolutions and pools of ONNX say about their windows, resolved: sizes, steps, and how much is added around.

import { refuse } from "../refuse.ts";
import type { Use } from "../use.ts";

export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Before each axis, then after each. */
  readonly pads: readonly number[];
  /** What `ceil_mode` adds after each axis. */
  readonly beyond: readonly number[];
}

/** Elements that a window reaches over. */
export function reachOf(kernel: number, dilation: number): number {
  return dilation * (kernel - 1) + 1;
}

/** The windows of a node over axes of `sizes`. */
export function windowsOf(use: Use, sizes: readonly number[], kernelGiven?: readonly number[]): Windows {
  const rank = sizes.length;
  const list = (name: string, byDefault: number): readonly number[] => {
    const given = use.attrs.ints(name) ?? sizes.map(() => byDefault);
    return given.length === rank ? given : refuse(`attribute ${name} has ${given.length} elements for ${rank} axes`);
  };
  const named = use.attrs.ints("kernel_shape");
  const kernel = kernelGiven ?? named ?? refuse("its kernel_shape is missing");
  if (kernel.length !== rank) return refuse(`its kernel has ${kernel.length} axes, expected ${rank}`);
  const [strides, dilations] = [list("strides", 1), list("dilations", 1)];
  if ([...kernel, ...strides, ...dilations].some((value) => !(value >= 1)))
    return refuse("a size, stride or dilation is below 1");
  const pads = padsOf(use, sizes, { kernel, strides, dilations });
  const isCeil = use.attrs.flag("ceil_mode", false);
  const beyond = sizes.map((size, axis) => {
    const padded = size + pads[axis]! + pads[rank + axis]!;
    return isCeil
      ? beyondOf(padded, size + pads[axis]!, {
          reach: reachOf(kernel[axis]!, dilations[axis]!),
          stride: strides[axis]!,
        })
      : 0;
  });
  return { kernel, strides, dilations, pads, beyond };
}

/** Source: ONNX MaxPool-22: the last window must begin within the elements or what lies before them. */
function beyondOf(
  padded: number,
  before: number,
  { reach, stride }: { readonly reach: number; readonly stride: number },
): number {
  const count = Math.ceil((padded - reach) / stride) + 1;
  const kept = (count - 1) * stride >= before ? count - 1 : count;
  return Math.max(0, (kept - 1) * stride + reach - padded);
}

function padsOf(
  use: Use,
  sizes: readonly number[],
  { kernel, strides, dilations }: Pick<Windows, "kernel" | "strides" | "dilations">,
): readonly number[] {
  const given = use.attrs.ints("pads");
  const mode = use.attrs.text("auto_pad", "NOTSET");
  const none = sizes.flatMap(() => [0, 0]);
  if (mode === "NOTSET") return given ?? none;
  if (mode === "VALID") return none;
  const totals = sizes.map((size, axis) => {
    const count = Math.ceil(size / strides[axis]!);
    return Math.max(0, (count - 1) * strides[axis]! + reachOf(kernel[axis]!, dilations[axis]!) - size);
  });
  return splitTotals(totals, mode);
}

/** Half before and half after; an odd element goes where the mode says. */
export function splitTotals(totals: readonly number[], mode: string): readonly number[] {
  const small = totals.map((total) => Math.trunc(total / 2));
  const large = totals.map((total, axis) => total - small[axis]!);
  if (mode === "SAME_UPPER") return [...small, ...large];
  return mode === "SAME_LOWER" || mode === "NOTSET" ? [...large, ...small] : refuse(`its auto_pad is ${mode}`);
}

/** The pads with what lies beyond them. */
export function withBeyond({ pads, beyond }: Windows): readonly number[] {
  const rank = beyond.length;
  return pads.map((pad, index) => (index < rank ? pad : pad + beyond[index - rank]!));
}
