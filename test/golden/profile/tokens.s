// RUN: tgc profile %s --tokens
// Two acquires and releases of one semaphore: the first pair orders nothing and costs time, the second is needed.
stream test for tiny
sem s0 "a full" dve -> act = 0
sem s1 "a free" act -> dve = 0

kernel 0 first () schedule ""
kernel 1 second () schedule ""

queue act {
  kernel 0: // first
  acquire s0
  activation dst=sbuf[0x800; 8; 256:1] f32, src=sbuf[0x0; 8; 256:1] f32, func=exp
  release s1
  kernel 1: // second
  activation dst=sbuf[0x1000; 8; 256:1] f32, src=sbuf[0x800; 8; 256:1] f32, func=exp
  release s1
}

queue dve {
  kernel 0: // first
  memset dst=sbuf[0x0; 8; 256:1] f32, value=0
  release s0
  acquire s1
  memset dst=sbuf[0x1800; 8; 256:1] f32, value=1
  kernel 1: // second
  acquire s1
  tensor_tensor dst=sbuf[0x2000; 8; 256:1] f32, lhs=sbuf[0x1000; 8; 256:1] f32, rhs=sbuf[0x1800; 8; 256:1] f32, op=add
}
