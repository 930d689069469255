// RUN: not tgc asm %s
// The vector engine does not multiply matrices.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  memset dst=sbuf[0x0; 8; 64:1] bf16, value=0
  load_weights src=sbuf[0x0; 8; 8:1] bf16
}
