// RUN: not tgc asm %s
// A scalar is a number or an operand, not both.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
  tensor_scalar dst=sbuf[0x40; 4; 8:1] f32, src=sbuf[0x0; 4; 8:1] f32, op0=multiply, imm0=2, scalar0=sbuf[0x0; 4; 1:1] f32
}
