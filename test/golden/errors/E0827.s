// RUN: not tgc asm %s
// Each queue waits for the token that the other would release afterwards.
stream test for tiny
sem s0 "full" dve -> act = 0
sem s1 "free" act -> dve = 0

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  acquire sem=s1
  release sem=s0
}

queue act {
  kernel 0: // k
  acquire sem=s0
  release sem=s1
}
