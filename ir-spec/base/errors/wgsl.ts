// Error codes E12nn: WGSL and WebGPU limits.

import { defineErrors } from "./define.ts";

export const wgslErrors = defineErrors({});
