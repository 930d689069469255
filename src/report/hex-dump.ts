// Bytes as a person reads them.

const lineBytes = 16;

/** Sixteen bytes a line in hexadecimal, each line with the offset of its first byte. */
export function printHex(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += lineBytes) {
    const texts = [...bytes.subarray(offset, offset + lineBytes)].map((byte) => byte.toString(16).padStart(2, "0"));
    lines.push(`${offset.toString(16).padStart(8, "0")}  ${texts.join(" ")}\n`);
  }
  return lines.join("");
}
