// RUN: tgc asm %s
// Engines wait for their own pipelines; inside of a loop once in each iteration.
stream test for tiny

kernel 0 k () schedule ""

queue act {
  kernel 0: // k
  drain
}
queue dve {
  kernel 0: // k
  for s in 0..3 {
    memset dst=sbuf[0x0; 4; 8:1] f32, value=0
    drain
  }
}
