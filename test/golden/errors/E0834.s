// RUN: not tgc asm %s
// The second sum continues from the first, which was read: its first matmul should overwrite.
stream test for tiny
sem s0 "ready" dve -> pe = 0
sem s1 "sum full" pe -> dve = 0
sem s2 "sum free" dve -> pe = 0

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 8; 32:1] bf16, value=0
  release sem=s0
  acquire sem=s1
  tensor_copy dst=sbuf[0x40; 8; 16:1] f32, src=psum[0x0; 8; 16:1] f32
  release sem=s2
}

queue pe {
  kernel 0: // k
  acquire sem=s0
  load_weights src=sbuf[0x0; 8; 8:1] bf16
  matmul dst=psum[0x0; 8; 16:1] f32, moving=sbuf[0x0; 8; 16:1] bf16, accumulate=false
  release sem=s1
  acquire sem=s2
  matmul dst=psum[0x0; 8; 16:1] f32, moving=sbuf[0x20; 8; 16:1] bf16, accumulate=true
}
