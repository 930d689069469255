// RUN: not tgc run %s
// A stream is proven right before it runs: here nothing waits for the copy's source.
stream test for tiny
tensor x: f32[8, 8] input @0x0
tensor y: f32[8, 8] output @0x400

kernel 0 k () schedule ""

queue dma0 {
  kernel 0:
  dma_copy dst=sbuf[0x0; 8; 8:1] f32, src=hbm x[0x0; 8:8; 8:1] f32
}

queue dma1 {
  kernel 0:
  dma_copy dst=hbm y[0x0; 8:8; 8:1] f32, src=sbuf[0x0; 8; 8:1] f32
}
