// RUN: not tgc asm %s
// A semaphore starts with at least no tokens.
stream test for tiny
sem s0 "full" dve -> act = -1

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  release sem=s0
}

queue act {
  kernel 0: // k
  acquire sem=s0
}
