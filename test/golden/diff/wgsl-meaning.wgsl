// RUN: not tgc diff inputs/relu.wgsl %s
// Texts that differ are not run: nothing shows that the values are equal.
@group(0) @binding(0) var<storage, read> operand: array<f32, 64>;
@group(0) @binding(1) var<storage, read_write> result: array<f32, 64>;

// NaN stays.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.y;
  result[i] = min(operand[i], 0.0);
}
