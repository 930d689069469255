// RUN: not tgc asm %s
// One name is one loop, so a loop in itself would count with one counter twice.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  for i in 0..2 {
    for i in 0..2 {
      memset dst=sbuf[0x0; 4; 8:1] f32, value=0
    }
  }
}
