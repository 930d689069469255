// RUN: not tgc opt %s
// A file says its stage by its ending; passes work on graphs.
