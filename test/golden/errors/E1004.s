// FAIL: run %
// The address leaves SBUF in the last of five iterations.
stream test for tiny

kernel 0 k () schedule ""

queue dve {
  kernel 0: // k
  for i in 0..5 {
    memset dst=sbuf[0x1800*i; 4; 8:1] f32, value=0
  }
}
