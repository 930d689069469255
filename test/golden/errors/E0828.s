// RUN: not tgc asm %s
// The vector engine clears its tile again while the scalar engine may still read it: nothing waits for the token s1.
stream test for tiny
sem s0 "full" dve -> act = 0
sem s1 "free" act -> dve = 0

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  for i in 0..2 {
    memset dst=sbuf[0x0; 4; 8:1] f32, value=0
    release sem=s0
  }
}

queue act {
  kernel 0: // k
  for i in 0..2 {
    acquire sem=s0
    tensor_copy dst=sbuf[0x40; 4; 8:1] f32, src=sbuf[0x0; 4; 8:1] f32
    release sem=s1
  }
}
