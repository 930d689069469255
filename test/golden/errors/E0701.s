// RUN: not tgc asm %s
// Both sides of a copy have the same number of elements in each partition.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
  tensor_copy dst=sbuf[0x40; 4; 8:1] f32, src=sbuf[0x0; 4; 7:1] f32
}
