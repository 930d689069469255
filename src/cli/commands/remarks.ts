// Remarks of passes as a person reads them, and as data.

import { showName } from "../../../ir-spec/base/shown-text.ts";
import { positionOf } from "../../../ir-spec/base/span.ts";
import type { Remark } from "../../../passes/pass.ts";

/** `fuse: mlp.tg:3:5: not fused: "h" has two readers`, one line each. */
export function printRemarks(remarks: readonly Remark[]): string {
  return remarks
    .map(({ pass, text, span }) => {
      const place = span === undefined ? "" : `${placeOf(span)}: `;
      return `${showName(`${pass}: ${place}${text}`)}\n`;
    })
    .join("");
}

function placeOf({ source, start }: NonNullable<Remark["span"]>): string {
  const { line, column } = positionOf(source, start);
  return `${source.name}:${line}:${column}`;
}

export function remarksJson(remarks: readonly Remark[]): readonly object[] {
  return remarks.map(({ kind, pass, text, span }) => ({
    kind,
    pass,
    text,
    ...(span === undefined ? {} : { place: placeOf(span) }),
  }));
}
