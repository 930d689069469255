// RUN: not tgc run %s --target trn2
// A stream has the addresses and limits of one machine.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
}
