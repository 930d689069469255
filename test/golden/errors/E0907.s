// RUN: not tgc disasm %t/image.bin
// Bytes 8 and 9 hold the version of the format.
// FILE image.bin: image with byte 8 = 2, sealed
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
}
