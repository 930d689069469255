// Error codes E09nn: assembly text and binary images.

import { defineErrors } from "./define.ts";

export const encodingErrors = defineErrors({
  E0901: {
    title: "syntax error in assembly",
    message: "expected {expected}, found {found}",
    help: "`tgc compile --emit asm` prints assembly; ISA.md lists the instructions",
    detail:
      "This text is not part of a valid stream. An instruction is written on one line.\n\n" +
      "Wrong: `acquire sem s0`\n\nRight: `acquire sem=s0`",
  },
  E0902: {
    title: "unknown name in assembly",
    message: "unknown {what} `{name}`, expected {expected}",
    help: "tensors, semaphores and rings are declared before the queues; a loop is known in its own body; `tgc list insts` prints the instructions",
    detail: "Wrong: `acquire sem=s7` where there are `s0` and `s1`\n\nRight: `acquire sem=s1`",
  },
  E0903: {
    title: "bad value in assembly",
    message: "{op}: `{name}` is {found}, expected {expected}",
    help: "ISA.md lists the fields of every instruction",
    detail: "Wrong: `acquire sem=s0, count=0`\n\nRight: `acquire sem=s0, count=1`",
  },
  E0904: {
    title: "missing argument in assembly",
    message: "{op}: missing {what} `{name}`",
    help: "ISA.md lists the fields of every instruction",
    detail: "Wrong: `load_weights`\n\nRight: `load_weights src=sbuf[0x0; 128; 128:1] bf16`",
  },
  E0905: {
    title: "a value does not fit a binary image",
    message: "{op}: `{name}` is {found}, but an image can hold {expected}",
    help: "ISA.md shows the record of every instruction, with the widths of its fields",
    detail:
      "A number in an image has as many bits as its kind of field. A larger one is refused, never truncated.\n\n" +
      "Wrong: `tensor_copy dst=sbuf[0x0; 70000; 8:1] f32, ...`, as the number of partitions has 16 bits\n\n" +
      "Right: a size that the machine supports; `tgc asm` checks it",
  },
  E0906: {
    title: "not a binary image",
    message: "the file begins with {found}, but an image begins with {expected}",
    help: "`tgc compile --emit bin -o model.bin` writes an image; assembler text is read by `tgc asm`",
    detail:
      "An image begins with eight bytes, some of which change when a program copies the file as text.\n\n" +
      "Wrong: `tgc disasm mlp.s`\n\nRight: `tgc disasm mlp.bin`",
  },
  E0907: {
    title: "an image of another format version",
    message: "the image has format version {found}, expected {expected}",
    help: "rebuild the image from its program or from its assembler text",
    detail:
      "The version grows when an old image could be read wrongly. Assembler text stays readable.\n\n" +
      "Wrong: an image of another tgc\n\nRight: `tgc asm mlp.s -o mlp.bin` with the tgc that reads it",
  },
  E0908: {
    title: "an image of the wrong length",
    message: "the image has {found} bytes, expected {expected}",
    help: "the file is truncated, or has extra bytes at its end; copy it again",
    detail: "The header says how many bytes there are.\n\nWrong: the first half of an image\n\nRight: all of it",
  },
  E0909: {
    title: "the checksum of an image is wrong",
    message: "the bytes have checksum {found}, but the image says {expected}",
    help: "the file was damaged or changed; copy it again, or edit its assembler text instead",
    detail:
      "The last eight bytes are the FNV-1a hash of all others; a change of any one byte is found.\n\n" +
      "Wrong: an image edited by hand\n\nRight: `tgc disasm`, an editor, `tgc asm`",
  },
  E0910: {
    title: "invalid bytes in an image",
    message: "byte {offset}: {what} is {found}, expected {expected}",
    help: "the image was not written by this version of tgc; rebuild it",
    detail:
      "Every byte of an image is checked: opcodes, codes and ids must be known, and unused bits must be 0.\n\n" +
      "Wrong: opcode 65535\n\nRight: an opcode of ISA.md",
  },
  E0911: {
    title: "an image for another machine",
    message: "the image was compiled for {found}, expected {expected}",
    help: "recompile it for this machine; `tgc disasm` without --target reads any image",
    detail:
      "An image holds a fingerprint of the machine's numbers, since addresses and tokens were chosen for them.\n\n" +
      "Wrong: an image for `tiny`, read for `trn2`\n\nRight: one that was compiled for `trn2`",
  },
});
