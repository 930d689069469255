// RUN: not tgc opt %s
// Passes work on graphs and tile programs.
stream small for tiny
