// RUN: not tgc asm %s
// The instructions say that they come from a kernel that the stream does not have.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 3: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
}
