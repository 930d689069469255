// RUN: not tgc asm %s
// A result of the array lies in one bank of PSUM.
stream test for tiny
sem s0 "ready" dve -> pe = 0

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 8; 64:1] bf16, value=0
  release sem=s0
}

queue pe {
  kernel 0: // k
  acquire sem=s0
  load_weights src=sbuf[0x0; 8; 8:1] bf16
  matmul dst=psum[0x20; 8; 16:1] f32, moving=sbuf[0x40; 8; 16:1] bf16
}
