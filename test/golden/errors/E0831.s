// RUN: not tgc asm %s
// Seven of eight rows of the output are stored.
stream test for tiny
tensor x: f32[8, 64] input @0x0
tensor y: f32[8, 64] output @0x800

kernel 0 k () schedule ""

queue dma0 {
  kernel 0: // k
  dma_copy dst=hbm y[0x0; 7:64; 64:1] f32, src=hbm x[0x0; 7:64; 64:1] f32
}
