// The section of ISA.md on the text of a whole stream, with an example that a test reads and prints again.

/** What `tgc compile --target tiny` makes of a product of [16, 32] by [32, 32], the left operand stored with k first. */
export const streamExample = `stream g for tiny
tensor x: bf16[32, 16] input @0x0, w: bf16[32, 32] input @0x400, y: bf16[16, 32] output @0xc00

kernel 0 y (matmul) schedule "block_m=2, block_n=2, load_lhs=block_0, load_rhs=block_1"

sem s0 "x full" dma0 -> pe, s1 "w full" dma1 -> pe, s2 "acc full" pe -> dve, s3 "acc free" dve -> pe = 2
sem s4 "y full" dve -> dma3, s5 "y free" dma3 -> dve = 2
ring r0 "v" x2
place kernel 0: x sbuf[0x0; 8; 0x80], w sbuf[0x80; 8; 0x100], y sbuf[0x180; 8; 0x20] x2, acc psum[0x0; 8; 0x40] x2

queue pe {
  kernel 0: acquire s0, s1
  for s in 0..2 { for v in 0..2 step r0 acquire s3 release s2 { for k in 0..4 {
    load_weights src=sbuf[0x10*s + 0x20*k; 8; 8:1] bf16
    matmul dst=psum[0x40*r0; 8; 16:1] f32, moving=sbuf[0x80 + 0x20*v + 0x40*k; 8; 16:1] bf16, accumulate=notFirst(k)
  } } }
}

queue dve {
  kernel 0: for s in 0..2 { for v in 0..2 step r0 acquire s2, s5 release s3, s4 {
    tensor_copy dst=sbuf[0x180 + 0x20*r0; 8; 16:1] bf16, src=psum[0x40*r0; 8; 16:1] f32
  } }
}

queue dma0 {
  kernel 0: dma_copy dst=sbuf[0x0; 8; 4:16, 16:1] bf16, src=hbm x[0x0; 8:16; 4:128, 16:1] bf16
  release s0
}

queue dma1 {
  kernel 0: dma_copy dst=sbuf[0x80; 8; 4:32, 32:1] bf16, src=hbm w[0x0; 8:32; 4:256, 32:1] bf16
  release s1
}

queue dma3 {
  kernel 0: for s in 0..2 { for v in 0..2 step r0 acquire s4 release s5 {
    dma_copy dst=hbm y[0x200*s + 0x20*v; 8:32; 16:1] bf16, src=sbuf[0x180 + 0x20*r0; 8; 16:1] bf16
  } }
}
`;

/** The section, without its heading. */
export const streamRules = [
  "The text of a stream begins with what its programs name, then has a program for each queue. Declarations of a kind may share a line.",
  "",
  "- `tensor`: a tensor in HBM with its dtype, shape, role and byte address. `kernel`: which ops of the graph run together, and how they are tiled.",
  '- `sem s3 "acc free" dve -> pe = 2`: a semaphore that dve releases and pe acquires, with 2 tokens at the start. A buffer that passes between two queues has',
  "  one for full slots and one for free ones.",
  '- `ring r0 "v" x2`: a register that counts 0, 1, 0, 1, ...; it steps at the end of each iteration of the loops that say `step r0`. So `0x40*r0` is the address of one',
  "  of two slots. Each queue has its own copy.",
  "- `place`: where buffers lie on chip, for people: `sbuf[address; partitions; bytes of a slot] x slots`. The operands hold the addresses themselves.",
  "- `for v in 0..2 step r0 acquire s3 release s2 { ... }`: an iteration takes a token of s3 before its first instruction and gives one of s2 after its last. It is short",
  "  for `acquire s3` and `release s2` as the first and the last instruction of the body.",
  "- `accumulate=notFirst(k)`: false in the first iteration of the loop k, true in the others. A size that a border cuts reads `min(8, 100 - 8*m)`; where one stands",
  "  several times in a loop, `let m_size = min(8, 100 - 8*m)` names it.",
  "- `kernel 0:`: the instructions from here on are that kernel's. `//` begins a comment.",
  "",
  "What `tgc compile --target tiny` makes of a small product:",
  "",
  ...streamExample
    .trimEnd()
    .split("\n")
    .map((line) => (line === "" ? "" : `    ${line}`)),
].join("\n");
