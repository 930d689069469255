// RUN: not tgc asm %s
// An operand has at most four free dimensions on tiny.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 2:16, 2:8, 2:4, 2:2, 2:1] f32, value=0
}
