// Hashes of structure: the same on every machine and in every version, as ties in normal forms are decided by them.

/** A word of 32 bits from each of two mixes, as 16 hexadecimal digits. Source: bryc, cyrb53 (public domain), both words kept. */
export function hashText(text: string): string {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 2654435761);
    high = Math.imul(high ^ code, 1597334677);
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  return hexWord(high) + hexWord(low);
}

function hexWord(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}
