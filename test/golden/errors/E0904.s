// RUN: not tgc asm %s
// Operands must be given.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32
  tensor_copy dst=sbuf[0x0; 4; 8:1] f32
}
