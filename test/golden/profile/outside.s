// RUN: not tgc profile %s
// A stream that leaves its tensor has no time: the last tile is a whole one, and ends behind the tensor.
stream test for tiny
tensor x: f32[8, 60] input @0x0

kernel 0 k () schedule ""

queue dma0 {
  kernel 0: // k
  for f in 0..8 {
    dma_copy dst=sbuf[0x0; 8; 8:1] f32, src=hbm x[0x20*f; 8:60; 8:1] f32
  }
}
