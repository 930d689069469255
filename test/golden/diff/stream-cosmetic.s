// RUN: not tgc diff inputs/scaled.s %s --fail-on cosmetic
// Other names, numbers and addresses: cosmetic, and the exit code is 1 as asked.
stream scaled for trn2
tensor x: f32[64, 32] input @0x0, y: f32[64, 32] output @0x2000

kernel 0 halve (mul)

sem s0 "done" dve -> dma3, s1 "loaded" dma0 -> dve
ring r0 "j" x2
place kernel 0: tile sbuf[0x0; 32; 0x80] x2, s sbuf[0x400; 32; 0x80] x2

queue dve {
  kernel 0: for j in 0..2 step r0 acquire s1 release s0 {
    tensor_scalar dst=sbuf[0x400 + 0x80*r0; 32; 32:1] f32, src=sbuf[0x80*r0; 32; 32:1] f32, op0=multiply, imm0=0.5
  }
}

queue dma0 {
  kernel 0: for j in 0..2 step r0 release s1 { dma_copy dst=sbuf[0x80*r0; 32; 32:1] f32, src=hbm x[0x1000*j; 32:32; 32:1] f32 }
}

queue dma3 {
  kernel 0: for j in 0..2 step r0 acquire s0 {
    dma_copy dst=hbm y[0x1000*j; 32:32; 32:1] f32, src=sbuf[0x400 + 0x80*r0; 32; 32:1] f32
  }
}

