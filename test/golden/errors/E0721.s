// RUN: not tgc asm %s
// A running fold of four partitions is begun, and that of six continues.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 6; 4:1] f32, value=7
  tensor_scalar_cumulative dst=sbuf[0x10; 4; 4:1] f32, src=sbuf[0x0; 4; 4:1] f32, op0=multiply, imm0=1, op1=add
  tensor_scalar_cumulative dst=sbuf[0x20; 6; 4:1] f32, src=sbuf[0x0; 6; 4:1] f32, op0=multiply, imm0=1, op1=add, reduce_cmd=reduce
}
