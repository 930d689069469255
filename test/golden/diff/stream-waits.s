// RUN: tgc diff inputs/scaled.s %s --fail-on meaning
// A wait that orders nothing new: the same values, proven, in more time.
stream scaled for trn2
tensor x: f32[64, 32] input @0x0, y: f32[64, 32] output @0x2000

kernel 0 y (mul)

sem s0 "t full" dma0 -> dve, s1 "s full" dve -> dma3, s2 "again" dma0 -> dve
ring r0 "i" x2
place kernel 0: t sbuf[0x0; 32; 0x80] x2, s sbuf[0x100; 32; 0x80] x2

queue dve {
  kernel 0: for i in 0..2 step r0 acquire s0, s2 release s1 {
    tensor_scalar dst=sbuf[0x100 + 0x80*r0; 32; 32:1] f32, src=sbuf[0x80*r0; 32; 32:1] f32, op0=multiply, imm0=0.5
  }
}

queue dma0 {
  kernel 0: for i in 0..2 step r0 release s0, s2 { dma_copy dst=sbuf[0x80*r0; 32; 32:1] f32, src=hbm x[0x1000*i; 32:32; 32:1] f32 }
}

queue dma3 {
  kernel 0: for i in 0..2 step r0 acquire s1 {
    dma_copy dst=hbm y[0x1000*i; 32:32; 32:1] f32, src=sbuf[0x100 + 0x80*r0; 32; 32:1] f32
  }
}

