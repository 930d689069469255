// RUN: not tgc asm %s
// The eight largest of six are not there.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 6:1] f32, value=0
  max8 dst=sbuf[0x40; 4; 8:1] f32, src=sbuf[0x0; 4; 6:1] f32
}
