@group(0) @binding(0) var<storage, read> operand: array<f32, 64>;
@group(0) @binding(1) var<storage, read_write> result: array<f32, 64>;

// NaN stays.
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  result[i] = max(operand[i], 0.0);
}
