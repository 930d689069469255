// RUN: not tgc asm %s
// Each queue has one program; a stream has at most the semaphores and DMA queues of its machine.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
}

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
}
