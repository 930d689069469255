// A program that calls the library: a link that lost its last letters.
import { decodeFragment, encodeFragment } from "../../../src/lab/fragment.ts";
import { usualOptions } from "../../../src/lab/lab-data.ts";
import type { Cause } from "./cause.ts";

export const cause: Cause = () => {
  const fragment = encodeFragment({ text: "graph g(x: f32[4]) -> (y: f32[4]) { y = relu(x) }", options: usualOptions });
  const read = decodeFragment(fragment.slice(0, -8));
  return read.ok ? [] : read.error;
};
