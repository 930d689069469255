// RUN: not tgc disasm %t/image.bin
// The header says how long an image is, so one that is cut off is found.
// FILE image.bin: image with first 200 bytes
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
}
