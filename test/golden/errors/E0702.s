// RUN: not tgc asm %s
// On tiny, engines reach the partitions in groups of two.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 1@3; 8:1] f32, value=0
}
