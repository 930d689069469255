// RUN: not tgc asm %s
// Generators of four partitions are set, and those of six are used.
stream test for tiny

kernel 0 k () schedule ""

queue pool {
  kernel 0: // k
  memset dst=sbuf[0x0; 4; 6:1] i32, value=7
  rand_set_state src=sbuf[0x0; 4; 6:1] i32
  random_bits dst=sbuf[0x40; 6; 8:1] i32
}
