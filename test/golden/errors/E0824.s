// RUN: not tgc asm %s
// An operand in HBM has the dtype of its tensor.
stream test for tiny
tensor x: f32[8, 64] input @0x0

kernel 0 k () schedule ""

queue dma0 {
  kernel 0: // k
  dma_copy dst=sbuf[0x0; 8; 8:1] f32, src=hbm x[0x0; 8:64; 8:1] bf16
}
