// RUN: tgc run %s --seed 3
// An instruction stream runs from its text: here a copy.
stream small for tiny
tensor x: f32[8,8] input @0
tensor y: f32[8,8] output @256

kernel 0 copy () schedule ""
sem s0 "full" dma0 -> dma1 = 0

queue dma0 {
  kernel 0:
  dma_copy dst=sbuf[0;8;8:1] f32, src=hbm x[0;8:8;8:1] f32
  release sem=s0 // one token
}
queue dma1 {
  kernel 0:
  acquire sem=s0, count=1
  dma_copy dst=hbm y[0;8:8;8:1] f32, src=sbuf[0;8;8:1] f32
}
