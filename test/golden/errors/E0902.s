// RUN: not tgc asm %s
// Names that are declared nowhere, with a guess where one is near.
stream test for tiny
sem s0 "full" dve -> act = 0
sem s1 "free" act -> dve = 0

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memsett dst=sbuf[0x0; 4; 8:1] f32, value=0
  release sem=s7
  memset dst=sbuf[0x10*k; 4; 8:1] f32, value=0
}
