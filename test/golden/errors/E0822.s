// RUN: not tgc asm %s
// Each semaphore has one queue that releases and one that acquires.
stream test for tiny
sem s0 "full" dve -> act = 0
sem s1 "free" act -> dve = 0

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
  acquire sem=s0
}
