// RUN: not tgc diff inputs/relu.wgsl %s --fail-on cosmetic
// Other names and comments in a module.
@group(0) @binding(0) var<storage, read> given: array<f32, 64>;
@group(0) @binding(1) var<storage, read_write> made: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let at = id.x;
  made[at] = max(given[at], 0.0);
}
