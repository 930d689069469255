// RUN: not tgc profile %s
// A stream that deadlocks says who waits for whom.
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
  acquire sem=s0, count=2
  release sem=s1
}
