// RUN: not tgc asm %s
// Both operators of an instruction are arithmetic, or both work on bits; on the general engine none works on bits.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] i32, value=6
  tensor_scalar dst=sbuf[0x20; 4; 8:1] i32, src=sbuf[0x0; 4; 8:1] i32, op0=multiply, imm0=3, op1=bitwise_and, imm1=12
  tensor_scalar dst=sbuf[0x40; 4; 8:1] f32, src=sbuf[0x0; 4; 8:1] i32, op0=bitwise_not, op1=logical_shift_left, imm1=2
}
queue pool {
  kernel 0: // k
  memset dst=sbuf[0x60; 4; 8:1] i32, value=6
  tensor_tensor dst=sbuf[0x80; 4; 8:1] i32, lhs=sbuf[0x60; 4; 8:1] i32, rhs=sbuf[0x60; 4; 8:1] i32, op=bitwise_or
}
