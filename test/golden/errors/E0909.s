// RUN: not tgc disasm %t/image.bin
// A change of any one byte is found.
// FILE image.bin: image with byte 200 = 255
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
}
