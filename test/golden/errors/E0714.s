// RUN: not tgc asm %s
// The first generation selects by predicates alone.
stream test for trn1

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 16:1] f32, value=0
  range_select dst=sbuf[0x40; 4; 8:1] f32, src=sbuf[0x0; 4; 8:1] f32, bound0=sbuf[0x20; 4; 1:1] f32, bound1=sbuf[0x24; 4; 1:1] f32, compare0=is_ge, compare1=is_lt, start=0
}
