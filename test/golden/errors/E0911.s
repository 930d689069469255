// RUN: not tgc disasm %t/image.bin --target trn2
// Addresses and tokens are chosen for one machine.
// FILE image.bin: image
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
}
