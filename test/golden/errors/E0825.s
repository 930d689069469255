// RUN: not tgc asm %s
// The last row of the tile lies behind the end of the tensor.
stream test for tiny
tensor x: f32[8, 64] input @0x0

kernel 0 k () schedule ""

queue dma0 {
  kernel 0: // k
  for f in 0..9 {
    dma_copy dst=sbuf[0x0; 8; 8:1] f32, src=hbm x[0x20*f; 8:64; 8:1] f32
  }
}
