// RUN: tgc profile %s
// Where the size of the last tile is cut at the border, the stream stays in its tensor, though its text alone does not say so.
stream test for tiny
tensor x: f32[8, 60] input @0x0

kernel 0 k () schedule ""

queue dma0 {
  kernel 0: // k
  for f in 0..8 {
    let n = min(8, 60 - 8*f)
    dma_copy dst=sbuf[0x0; 8; n:1] f32, src=hbm x[0x20*f; 8:60; n:1] f32
  }
}
