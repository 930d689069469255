// Error codes E09nn: assembly text and binary images.

import { defineErrors } from "./define.ts";

export const encodingErrors = defineErrors({
  E0901: {
    title: "syntax error in assembly",
    message: "found {found}, wanted {wanted}",
    help: "`tgc compile --emit asm` prints assembly; ISA.md lists the instructions",
    detail:
      "What stands here cannot be read as a part of a stream. An instruction stands on one line.\n\n" +
      "Wrong: `acquire sem s0`\n\nRight: `acquire sem=s0`",
  },
  E0902: {
    title: "unknown name in assembly",
    message: "found `{name}`, which is no {what} here, wanted {wanted}",
    help: "tensors, semaphores and rings are declared before the queues; a loop is known in its own body; `tgc list insts` prints the instructions",
    detail: "Wrong: `acquire sem=s7` where there are `s0` and `s1`\n\nRight: `acquire sem=s1`",
  },
  E0903: {
    title: "bad value in assembly",
    message: "{op}: `{name}` is {found}, wanted {wanted}",
    help: "ISA.md lists the fields of every instruction",
    detail: "Wrong: `acquire sem=s0, count=0`\n\nRight: `acquire sem=s0, count=1`",
  },
  E0904: {
    title: "something is missing in assembly",
    message: "{op}: found no {what} `{name}`, which must be given",
    help: "ISA.md lists the fields of every instruction",
    detail: "Wrong: `load_weights`\n\nRight: `load_weights src=sbuf[0x0; 128; 128:1] bf16`",
  },
  E0905: {
    title: "a value does not fit a binary image",
    message: "{op}: `{name}` is {found}, and an image takes {wanted}",
    help: "ISA.md shows the record of every instruction, with the widths of its fields",
    detail:
      "A number in an image has so many bits as its kind of field has. A larger one is refused, never cut off.\n\n" +
      "Wrong: `tensor_copy dst=sbuf[0x0; 70000; 8:1] f32, ...`, as the number of partitions has 16 bits\n\n" +
      "Right: a size that the machine has; `tgc asm` checks it",
  },
  E0906: {
    title: "not a binary image",
    message: "the file begins with {found}, and an image with {wanted}",
    help: "`tgc compile --emit bin -o model.bin` writes an image; assembler text is read by `tgc asm`",
    detail:
      "An image begins with eight bytes of which some change when a program copies the file as text.\n\n" +
      "Wrong: `tgc disasm mlp.s`\n\nRight: `tgc disasm mlp.bin`",
  },
  E0907: {
    title: "an image of another format version",
    message: "the image has format version {found}, wanted {wanted}",
    help: "make the image anew from its program or from its assembler text",
    detail:
      "The version grows when an old image could be read wrongly. Assembler text outlives it.\n\n" +
      "Wrong: an image of another tgc\n\nRight: `tgc asm mlp.s -o mlp.bin` with the tgc that reads it",
  },
  E0908: {
    title: "an image of the wrong length",
    message: "the image has {found} bytes, wanted {wanted}",
    help: "the file is cut off, or something is behind its end; copy it again",
    detail: "The header says how many bytes there are.\n\nWrong: the first half of an image\n\nRight: all of it",
  },
  E0909: {
    title: "the checksum of an image is wrong",
    message: "the bytes have checksum {found}, and the image says {wanted}",
    help: "the file was damaged or changed; copy it again, or change its assembler text in its place",
    detail:
      "The last eight bytes are the FNV-1a hash of all others; a change of any one byte is found.\n\n" +
      "Wrong: an image edited by hand\n\nRight: `tgc disasm`, an editor, `tgc asm`",
  },
  E0910: {
    title: "bytes of an image mean nothing",
    message: "byte {offset}: {what} is {found}, wanted {wanted}",
    help: "the image was not made by this version of tgc; make it anew",
    detail:
      "Every byte of an image means something: opcodes, codes and ids are known ones, and what is not used is 0.\n\n" +
      "Wrong: opcode 65535\n\nRight: an opcode of ISA.md",
  },
  E0911: {
    title: "an image for another machine",
    message: "the image was made for {found}, wanted {wanted}",
    help: "compile it anew for this machine; `tgc disasm` without --target reads any image",
    detail:
      "An image holds a fingerprint of the machine's numbers, since addresses and tokens were chosen for them.\n\n" +
      "Wrong: an image for `tiny`, read for `trn2`\n\nRight: one that was compiled for `trn2`",
  },
});
