// RUN: not tgc disasm %t/image.bin
// Every byte means something: there is no such opcode.
// FILE image.bin: image with byte 203 = 239, sealed
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 8:1] f32, value=0
}
