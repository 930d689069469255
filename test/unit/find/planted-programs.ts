// Programs that compilers' mistakes are planted in, small enough to run in no time.

export const plantedPrograms: Readonly<Record<string, string>> = {
  elementwise: `graph g(x: f32[20, 24], b: f32[24]) -> (y: f32[20, 24]) {
    s = x * 2.5
    y = tanh(s) + b
  }`,
  softmax: `graph g(x: f32[20, 20]) -> (y: f32[20, 20]) { y = softmax(x * 0.5) }`,
  "layer norm": `graph g(x: f32[20, 20], weight s: f32[20], weight b: f32[20]) -> (y: f32[20, 20]) {
    n = layer_normalization(x, s, b)
    y = relu(n)
  }`,
  "rms norm": `graph g(x: f32[20, 20], weight s: f32[20]) -> (y: f32[20, 20]) { y = rms_normalization(x, s) * 3.0 }`,
  mlp: `graph g(x: f32[12, 16], weight w1: f32[16, 16], weight b1: f32[16], weight w2: f32[16, 16]) -> (y: f32[12, 16]) {
    h = matmul(x, w1) + b1
    a = gelu(h)
    y = x + matmul(a, w2)
  }`,
  "gated mlp": `graph g(x: f32[12, 16], weight wg: f32[16, 20], weight wu: f32[16, 20], weight wd: f32[20, 16]) -> (y: f32[12, 16]) {
    gate = silu(matmul(x, wg))
    up = matmul(x, wu)
    y = matmul(gate * up, wd)
  }`,
  attention: `graph g(q: f32[2, 12, 8], k: f32[2, 12, 8], v: f32[2, 12, 8]) -> (y: f32[2, 12, 8]) {
    y = attention(q, k, v, is_causal=true)
  }`,
  "masked attention": `graph g(q: f32[12, 12], k: f32[12, 12], v: f32[12, 12], keep: bool[12, 12]) -> (y: f32[12, 12]) {
    scores = matmul(q, transpose(k, perm=[1, 0])) * 0.25
    masked = where(keep, scores, -10000.0)
    y = matmul(softmax(masked), v)
  }`,
  rope: `graph g(x: f32[2, 12, 8], cos: f32[12, 4], sin: f32[12, 4]) -> (y: f32[2, 12, 8]) {
    a, b = split(x, num_outputs=2, axis=-1)
    first = a * cos - b * sin
    second = b * cos + a * sin
    y = concat(first, second, axis=-1)
  }`,
  product: `graph g(x: f32[37, 29], weight w: f32[29, 22]) -> (y: f32[37, 22]) { y = matmul(x, w) }`,
  "square product": `graph g(x: f32[24, 24], weight w: f32[24, 24]) -> (y: f32[24, 24]) {
    t = transpose(x, perm=[1, 0])
    y = matmul(t, w) * 0.5
  }`,
  sums: `graph g(x: f32[18, 18]) -> (a: f32[18], m: f32[18]) {
    a = reduce_sum(x, axes=[1], keepdims=false)
    m = reduce_mean(x * x, axes=[1], keepdims=false)
  }`,
  largest: `graph g(x: f32[20, 18], z: f32[20, 18]) -> (y: f32[20, 18], r: f32[20, 18]) {
    y = max(x, z)
    r = relu(x - z)
  }`,
  slices: `graph g(x: f32[20, 33]) -> (y: f32[20, 16]) {
    s = slice(x, starts=[0, 4], ends=[20, 20])
    y = s + 1.5
  }`,
  "layers of half": `graph g(x: bf16[12, 16], weight v: bf16[16, 24], weight w: bf16[24, 16]) -> (y: bf16[12, 16]) {
    h = silu(matmul(x, v))
    y = matmul(h, w) + x
  }`,
  running: `graph g(x: f32[64, 24], b: f32[24]) -> (y: f32[64, 24]) { y = exp(x * 0.125) * b }`,
};
