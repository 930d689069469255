// FAIL: opt %
// A file says its stage by its ending; passes work on graphs.
