// Argument <-> numbers, by the kind of the field. So the rows of the instruction table carry no code for images.

import { type AttrKind, type AttrValue, describeKind, fitsKind, printAttrValue } from "../../../ir-spec/base/attr.ts";
import { loopId, semId } from "../../../ir-spec/base/ids.ts";
import { invariant } from "../../../ir-spec/base/result.ts";
import type { Field } from "../isa/define.ts";
import type { Argument } from "../stream.ts";
import { codeToName, dtypeCodes } from "./codes.ts";
import { type Extension, extensionsOf, extensionsToTerms, type FieldImage, termsToExtensions } from "./extensions.ts";
import { imageToOperand, operandToImage } from "./operand-image.ts";
import { type RawField, refuseField } from "./raw-record.ts";

/** What a flag's number says. */
const flagCodes = { false: 0, true: 1, notFirst: 2 } as const;

const plain = (...numbers: readonly number[]): FieldImage => ({ numbers, extensions: [] });

/** Whether an instruction in normal form may lack the field. */
export function isOptionalField(field: Field): boolean {
  if (field.kind === "operand") return field.optional === true;
  return field.kind === "flag" || (field.kind === "value" && field.attr.optional === true);
}

/** The numbers of an argument; of one that is not there, none, which are written as zeros. */
export function argToImage(field: Field, arg: Argument | undefined): FieldImage {
  if (arg === undefined) return plain();
  invariant(arg.kind === field.kind, `an argument of kind ${arg.kind} is in a field of kind ${field.kind}`);
  switch (arg.kind) {
    case "operand":
      return operandToImage(arg.operand);
    case "value":
      return field.kind === "value" ? valueToImage(field.attr, arg.value) : plain();
    case "flag":
      if (typeof arg.flag === "boolean") return plain(flagCodes[`${arg.flag}`]);
      return {
        numbers: [flagCodes.notFirst],
        extensions: arg.flag.notFirst.map((loop): Extension => ({ kind: "not_first", index: 0, id: loop, number: 0 })),
      };
    case "sem":
      return plain(arg.sem);
    case "affine":
      return { numbers: [arg.affine.constant], extensions: termsToExtensions(arg.affine.terms) };
    default:
      return arg satisfies never;
  }
}

/** The argument of a field's numbers; what they cannot mean is refused. */
export function imageToArg(field: Field, raw: RawField): Argument {
  const [first = 0] = raw.numbers;
  switch (field.kind) {
    case "operand":
      return { kind: "operand", operand: imageToOperand(raw) };
    case "value":
      return { kind: "value", value: imageToValue(field.attr, raw) };
    case "flag":
      if (first === flagCodes.notFirst) {
        const notFirst = extensionsOf(raw.extensions, "not_first").map(({ id }) => loopId(id));
        return { kind: "flag", flag: { notFirst } };
      }
      if (first > flagCodes.notFirst) refuseField(raw, "when", String(first), "0 (false), 1 (true) or 2 (not first)");
      return { kind: "flag", flag: first === flagCodes.true };
    case "sem":
      if (first >= raw.scope.semaphores) refuseField(raw, "sem", String(first), `less than ${raw.scope.semaphores}`);
      return { kind: "sem", sem: semId(first) };
    case "affine":
      return { kind: "affine", affine: { constant: first, terms: extensionsToTerms(raw.extensions) } };
    default:
      return field satisfies never;
  }
}

/** The numbers of a value, which must be of the kind. */
function valueToImage(kind: AttrKind, value: AttrValue): FieldImage {
  switch (kind.kind) {
    case "int":
    case "axis":
    case "float":
    case "bool":
      return plain(Number(value));
    case "dtype":
      return plain(dtypeCodes[value as keyof typeof dtypeCodes]);
    case "choice":
      return plain(kind.choices.indexOf(value as string));
    case "ints":
    case "axes":
    case "perm":
      return listToImage(value as readonly number[], "item");
    case "floats":
      return listToImage(value as readonly number[], "float_item");
    case "names": {
      const names = value as readonly string[];
      return listToImage(
        names.map((name) => kind.choices.indexOf(name)),
        "item",
      );
    }
    default:
      return kind satisfies never;
  }
}

function listToImage(items: readonly number[], kind: "item" | "float_item"): FieldImage {
  return {
    numbers: [items.length],
    extensions: items.map((number, index): Extension => ({ kind, index, id: 0, number })),
  };
}

function imageToValue(kind: AttrKind, raw: RawField): AttrValue {
  const value = numbersToValue(kind, raw);
  if (value !== undefined && fitsKind(kind, value)) return value;
  const found = value === undefined ? String(raw.numbers[0]) : printAttrValue(kind, value);
  refuseField(raw, "value", found, describeKind(kind));
  return null;
}

/** The value by the look of its numbers; undefined for a code that there is not. */
function numbersToValue(kind: AttrKind, { numbers, extensions }: RawField): AttrValue | undefined {
  const [first = 0] = numbers;
  switch (kind.kind) {
    case "int":
    case "axis":
    case "float":
      return first;
    case "bool":
      return first > 1 ? undefined : first === 1;
    case "dtype":
      return codeToName(dtypeCodes, first);
    case "choice":
      return kind.choices[first];
    case "ints":
    case "axes":
    case "perm":
    case "floats":
      return extensions.map(({ number }) => number);
    case "names":
      return extensions.map(({ number }) => kind.choices[number] ?? `choice ${number}`);
    default:
      return kind satisfies never;
  }
}
