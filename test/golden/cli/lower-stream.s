// FAIL: lower %
// A stream cannot be lowered any more.
