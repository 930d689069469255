// RUN: not tgc asm %s
// A partition of SBUF ends 4 bytes before the last of these elements does.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x5fe4; 4; 8:1] f32, value=0
}
