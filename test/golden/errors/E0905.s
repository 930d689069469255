// RUN: not tgc asm %s -o unwritten.bin
// A number of tokens that has no room in an image.
stream test for tiny

kernel 0 k () schedule ""

sem s0 "full" dve -> act = 5000000000
