// FAIL: profile %
// The scalar engine acquires what it should release.
stream test for tiny
sem s0 "full" dve -> act = 0
sem s1 "free" act -> dve = 0

kernel 0 k () schedule ""

queue act {
  kernel 0: // k
  acquire sem=s1
}
