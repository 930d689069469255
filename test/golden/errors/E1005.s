// RUN: not tgc run %s
// An index of 64 reads behind the table of 8 rows.
stream test for tiny
tensor x: f32[8, 64] input @0x0
sem s0 "ready" dve -> dma0 = 0

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 1:1] i32, value=64
  release sem=s0
}

queue dma0 {
  kernel 0: // k
  acquire sem=s0
  dma_gather dst=sbuf[0x40; 4; 8:1] f32, table=hbm x[0x0; 8:64; 8:1] f32, index=sbuf[0x0; 4; 1:1] i32
}
