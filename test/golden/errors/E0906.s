// RUN: not tgc disasm %s
// Assembler text is no image.
stream test for tiny
