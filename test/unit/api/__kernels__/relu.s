stream g for tiny
tensor x: f32[8, 8] input @0x0, y: f32[8, 8] output @0x100

kernel 0 y (relu) schedule "others=default, slots_in=12, slots_mid=3, slots_out=12"

sem s0 "x full" dma0 -> act, s1 "x full" act -> dma3
place kernel 0: x sbuf[0x0; 8; 0x20]

queue act {
  kernel 0: acquire s0
  activation dst=sbuf[0x0; 8; 8:1] f32, src=sbuf[0x0; 8; 8:1] f32, func=relu
  release s1
}

queue dma0 {
  kernel 0: dma_copy dst=sbuf[0x0; 8; 8:1] f32, src=hbm x[0x0; 8:8; 8:1] f32
  release s0
}

queue dma3 {
  kernel 0: acquire s1
  dma_copy dst=hbm y[0x0; 8:8; 8:1] f32, src=sbuf[0x0; 8; 8:1] f32
}
