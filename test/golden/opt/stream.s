// FAIL: opt %
// Passes work on graphs and tile programs.
stream small for tiny
