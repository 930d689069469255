// RUN: not tgc asm %s
// The vector engine reads one operand from PSUM at a time.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=psum[0x0; 4; 16:1] f32, value=0
  tensor_tensor dst=sbuf[0x0; 4; 8:1] f32, lhs=psum[0x0; 4; 8:1] f32, rhs=psum[0x20; 4; 8:1] f32, op=add
}
