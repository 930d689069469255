// FAIL: disasm %
// Assembler text is no image.
stream test for tiny
