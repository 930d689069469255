// RUN: not tgc asm %s
// A loop of 10^15 iterations is refused, not counted.
stream copy for tiny
tensor x: f32[8, 8] input @0x0, y: f32[8, 8] output @0x100
kernel 0 k (copy)

queue dma0 {
  kernel 0: for i in 0..1000000000000000 { dma_copy dst=hbm y[0x0; 8:8; 8:1] f32, src=hbm x[0x0; 8:8; 8:1] f32 }
}
