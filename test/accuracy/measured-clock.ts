// What the systolic array did in each window of its clock, and how fast that was in it, on a real trn2.
// Source: instruction traces of attention kernels, github.com/allenkchau/trainium-kernel-fusion at d709ddf, profiling/artifacts:
// windows and clock from the HAM records; activity is our sum of the matmuls' issue times in each window, a share of it.

/** `-`: half clock, `+`: full clock; after it the array's activity in the window (%). From the first matmul on. */
export const measuredClocks: Readonly<Record<string, string>> = {
  "unfused bf16, 1024 positions":
    "-50 -100 +38 +0 -0 -0 -0 -0 -0 -0 -0 -0 -0 -0 -0 -45 -100 +97 +97 +100 +32 -91 +97 +78 +0 -0",
  "unfused bf16, 512 positions": "-38 -26 -0 -0 -0 -0 -0 -26 -97 +94 +0 -0",
  "unfused f32, 512 positions": "-50 -100 +38 +0 -0 -0 -0 -0 -52 -97 +81 +0 -0",
  "fused bf16, 1024 positions": "-10 -79 +19 -13 -100 +100 +100 +96 +6 -45 -100 +100 +97 +39 +0 -0",
  "fused bf16, 512 positions": "-13 -50 -78 -100 +65 +0 -0",
  "fused f32, 512 positions": "-76 -100 +38 +88 +55 +0 -0",
};
