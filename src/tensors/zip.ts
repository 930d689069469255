// Zip archives, as .npz files are: the directory at the end says where each entry lies, and an entry is unpacked only when it is
// wanted, into as many bytes as the directory says. The libraries for it trust the directory's numbers, ignore checksums or unpack all.
// Source: PKWARE .ZIP File Format Specification (APPNOTE.TXT) 6.3, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16 and 4.5.3.

import { Inflate, inflateSync } from "fflate";
import { fail, ok, type Result } from "../../ir-spec/base/result.ts";
import { type ByteSource, readPart, viewOf } from "../import/byte-source.ts";

export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly isEncrypted: boolean;
  readonly checksum: number;
  readonly packedBytes: number;
  readonly byteLength: number;
  /** Where the entry's own header begins (B). */
  readonly headerOffset: number;
}

/** Where the directory lies. */
interface Directory {
  readonly start: number;
  readonly end: number;
  readonly count: number;
}

const endBytes = 22;
const locatorBytes = 20;
const wideEndBytes = 56;
const rowBytes = 46;
const headerBytes = 30;
const maxCommentBytes = 0xffff;
/** A number of 32 bits that stands for one of 64 in the entry's extra fields. */
const isWide = (found: number): boolean => found === 0xffffffff;
/** Assumed: some 500,000 names (B). */
const maxDirectoryBytes = 64 * 1024 * 1024;
/** What is unpacked to look at an entry's beginning: at most a thousand times as many bytes come of it (B). */
const peekedBytes = 4096;

/** Lists the entries; fails where the directory is not sound or names an entry twice. */
export function readZip(source: ByteSource): Result<readonly ZipEntry[], string> {
  const found = findDirectory(source);
  if (!found.ok) return found;
  const { start, end, count } = found.value;
  if (count * rowBytes > end - start) return fail("it ends within its directory");
  if (end - start > maxDirectoryBytes)
    return fail(`its directory has ${end - start} B, expected at most ${maxDirectoryBytes}`);
  const bytes = readPart(source, start, end, "directory");
  return bytes.ok ? readRows(bytes.value, count) : bytes;
}

/** The end record is the last thing in the file but for a comment. */
function findDirectory(source: ByteSource): Result<Directory, string> {
  const tailStart = Math.max(0, source.byteLength - endBytes - maxCommentBytes);
  const tail = source.read(tailStart, source.byteLength);
  if (!tail.ok) return tail;
  const view = viewOf(tail.value);
  for (let place = view.byteLength - endBytes; place >= 0; place--) {
    if (view.getUint32(place, true) !== 0x06054b50) continue;
    if (view.getUint16(place + 20, true) !== view.byteLength - place - endBytes) continue;
    const start = view.getUint32(place + 16, true);
    const count = view.getUint16(place + 10, true);
    if (isWide(start) || count === 0xffff) return findWideDirectory(source, tailStart + place);
    return ok({ start, end: start + view.getUint32(place + 12, true), count });
  }
  return fail("it is no zip file");
}

/** Of an archive with more entries or bytes than 16 and 32 bits say (zip64). */
function findWideDirectory(source: ByteSource, end: number): Result<Directory, string> {
  const locator = readPart(source, end - locatorBytes, end, "directory");
  if (!locator.ok) return locator;
  const place = Number(viewOf(locator.value).getBigUint64(8, true));
  const record = readPart(source, place, place + wideEndBytes, "directory");
  if (!record.ok) return record;
  const view = viewOf(record.value);
  if (view.getUint32(0, true) !== 0x06064b50) return fail("its directory is malformed");
  const start = Number(view.getBigUint64(48, true));
  return ok({ start, end: start + Number(view.getBigUint64(40, true)), count: Number(view.getBigUint64(32, true)) });
}

function readRows(bytes: Uint8Array, count: number): Result<readonly ZipEntry[], string> {
  const view = viewOf(bytes);
  const entries = new Map<string, ZipEntry>();
  let place = 0;
  for (let index = 0; index < count; index++) {
    if (place + rowBytes > bytes.byteLength || view.getUint32(place, true) !== 0x02014b50) {
      return fail("its directory is malformed");
    }
    const nameEnd = place + rowBytes + view.getUint16(place + 28, true);
    const extraEnd = nameEnd + view.getUint16(place + 30, true);
    if (extraEnd > bytes.byteLength) return fail("its directory is malformed");
    const name = new TextDecoder().decode(bytes.subarray(place + rowBytes, nameEnd));
    if (entries.has(name)) return fail(`it has two entries ${name}`);
    const wide = wideNumbers(view, nameEnd, extraEnd);
    const take = (offset: number): number => {
      const narrow = view.getUint32(place + offset, true);
      return isWide(narrow) ? (wide.shift() ?? narrow) : narrow;
    };
    const byteLength = take(24);
    const packedBytes = take(20);
    entries.set(name, {
      ...{ name, byteLength, packedBytes, headerOffset: take(42) },
      method: view.getUint16(place + 10, true),
      isEncrypted: (view.getUint16(place + 8, true) & 1) === 1,
      checksum: view.getUint32(place + 16, true),
    });
    place = extraEnd + view.getUint16(place + 32, true);
  }
  return ok([...entries.values()]);
}

/** The numbers of 64 bits in a row's extra fields, in the order in which the row has place for them. */
function wideNumbers(view: DataView, start: number, end: number): number[] {
  for (let place = start; place + 4 <= end; ) {
    const fieldEnd = place + 4 + view.getUint16(place + 2, true);
    if (fieldEnd > end) return [];
    const count = Math.floor((fieldEnd - place - 4) / 8);
    const isWideField = view.getUint16(place, true) === 1;
    if (isWideField)
      return Array.from({ length: count }, (_, index) => Number(view.getBigUint64(place + 4 + index * 8, true)));
    place = fieldEnd;
  }
  return [];
}

/**
 * The bytes of an entry, unpacked when they are asked for: its beginning without the rest. Whoever reads all of it has bounded
 * `byteLength` before.
 */
export function zipEntrySource(archive: ByteSource, entry: ZipEntry): ByteSource {
  const { byteLength, method } = entry;
  let beginning: Result<Uint8Array, string> | undefined;
  const read: ByteSource["read"] = (start, end) => {
    const packed = findPacked(archive, entry);
    if (!packed.ok) return packed;
    if (method === 0) return readPart(archive, packed.value + start, packed.value + end, "entries");
    beginning ??= unpackBeginning(archive, entry, packed.value);
    if (!beginning.ok) return beginning;
    // What reaches the end is checked with the whole entry.
    const isBeginning = end < byteLength && end <= beginning.value.byteLength;
    if (isBeginning) return ok(beginning.value.subarray(start, end));
    const whole = unpackWhole(archive, entry, packed.value);
    return whole.ok ? ok(whole.value.subarray(start, end)) : whole;
  };
  return { byteLength, read };
}

/** Where an entry's packed bytes begin. */
function findPacked(archive: ByteSource, entry: ZipEntry): Result<number, string> {
  const { headerOffset, method, isEncrypted, packedBytes, byteLength } = entry;
  if (isEncrypted) return fail("it is encrypted");
  if (method !== 0 && method !== 8) return fail(`it is packed by method ${method}, expected deflate or none`);
  const header = readPart(archive, headerOffset, headerOffset + headerBytes, "entries");
  if (!header.ok) return header;
  const view = viewOf(header.value);
  if (view.getUint32(0, true) !== 0x04034b50) return fail("its entry is not where the directory says");
  // Deflate makes nothing much larger than it was.
  const isOdd = method === 0 ? packedBytes !== byteLength : packedBytes > 2 * byteLength + peekedBytes;
  if (isOdd) return fail(`its ${byteLength} B take ${packedBytes} B in the archive`);
  return ok(headerOffset + headerBytes + view.getUint16(26, true) + view.getUint16(28, true));
}

function unpackBeginning(archive: ByteSource, { packedBytes }: ZipEntry, start: number): Result<Uint8Array, string> {
  const packed = readPart(archive, start, start + Math.min(packedBytes, peekedBytes), "entries");
  return packed.ok ? unpacked(() => inflateBeginning(packed.value)) : packed;
}

function unpackWhole(archive: ByteSource, entry: ZipEntry, start: number): Result<Uint8Array, string> {
  const packed = readPart(archive, start, start + entry.packedBytes, "entries");
  // With room for one byte more, an entry that is longer than it says shows.
  const room = new Uint8Array(entry.byteLength + 1);
  const whole = packed.ok ? unpacked(() => inflateSync(packed.value, { out: room })) : packed;
  if (!whole.ok) return whole;
  const isComplete = whole.value.byteLength === entry.byteLength && crc32(whole.value) === entry.checksum;
  return isComplete ? whole : fail("its bytes are damaged: their number or checksum is not that of the directory");
}

/** What comes of packed bytes that end before the entry does. */
function inflateBeginning(packed: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  new Inflate((part) => parts.push(part)).push(packed, false);
  const all = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.byteLength;
  }
  return all;
}

function unpacked(inflate: () => Uint8Array): Result<Uint8Array, string> {
  try {
    return ok(inflate());
  } catch {
    return fail("its packed bytes are damaged");
  }
}

/** CRC-32 of all bytes of one value. Source: ISO 3309, reflected polynomial 0xedb88320. */
const crcRows = Uint32Array.from({ length: 256 }, (_row, byte) => {
  let row = byte;
  for (let bit = 0; bit < 8; bit++) row = (row >>> 1) ^ ((row & 1) === 1 ? 0xedb88320 : 0);
  return row;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcRows[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}
