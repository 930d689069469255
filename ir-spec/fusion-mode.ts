// What decides whether kernels that could be one are fused.

/** By what it saves; whenever it is legal and fits on chip; never. */
export const fusionModes = ["auto", "forced", "off"] as const;

export type FusionMode = (typeof fusionModes)[number];
