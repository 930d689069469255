// RUN: not tgc asm %s
// An f32 lies at a multiple of 4 bytes.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x2; 4; 8:1] f32, value=0
}
