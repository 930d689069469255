// How texts that were read from files are shown to people: names, messages and excerpts go to terminals, which obey
// control characters, and to log files, where a line break would begin a line of somebody else's words.

/** Controls, signs that change the direction of a line, halves of surrogate pairs, and the other line breaks. */
const unshown = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The line breaks and tabs of texts that tgc lays out itself. */
const layout: ReadonlySet<string> = new Set(["\n", "\t"]);

/** Assumed: nobody reads further; lists of all the names that could have been meant are shorter (characters). */
const maxShown = 1000;

/** `\u001b`, as in JSON, so that a quoted name still reads back. */
function escapeUnits(text: string): string {
  return text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}

/** A text of several lines; its line breaks and tabs stay. */
export function showText(text: string): string {
  return text.replace(unshown, (sign) => (layout.has(sign) ? sign : escapeUnits(sign)));
}

/** A name, or another text that has a part of a line, at most so long that the line can be read. */
export function showName(text: string): string {
  const shown = text.slice(0, maxShown).replace(unshown, escapeUnits);
  return text.length <= maxShown ? shown : `${shown}...`;
}

/** A part of a line of a file, as long as it was: what is below it must still be below it. */
export function showExcerpt(text: string): string {
  return text.replace(/\s/g, " ").replace(unshown, (sign) => "\ufffd".repeat(sign.length));
}
