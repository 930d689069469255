// RUN: not tgc lower %s
// A stream cannot be lowered any more.
