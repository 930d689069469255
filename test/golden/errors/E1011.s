// RUN: not tgc run %s
// A run with values holds every tensor; of these, no memory could.
stream copy for trn2
tensor x: f32[65536, 65536] input @0x0
