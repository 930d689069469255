// RUN: not tgc asm %s
// A choice that the field does not have, and an argument that stands twice.
stream test for tiny
sem s0 "full" dve -> act = 0
sem s1 "free" act -> dve = 0

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  tensor_tensor dst=sbuf[0x0; 4; 8:1] f32, lhs=sbuf[0x20; 4; 8:1] f32, rhs=sbuf[0x20; 4; 8:1] f32, op=plus
  release sem=s0, sem=s0
}
