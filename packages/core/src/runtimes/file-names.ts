/** Names of files are bytes; between caller and workspace they are text, and nothing is lost. */

/** What Python's `surrogateescape` makes of a byte that is not UTF-8: U+DC80 to U+DCFF, alone. */
const ESCAPED_BYTE = /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/g;
const SHOWN_BYTE = /\\x([89a-f][0-9a-f]|5c)/g;
const LIKE_SHOWN_BYTE = /\\(?=x(?:[89a-f][0-9a-f]|5c))/g;

/**
 * A name out of a workspace as callers see it: well-formed text. A byte that is not UTF-8 is `\xNN`,
 * and a backslash that would be read as the beginning of one is `\x5c`.
 */
export function shownName(name: string): string {
  return name
    .replaceAll(LIKE_SHOWN_BYTE, '\\x5c')
    .replaceAll(ESCAPED_BYTE, (unit) => `\\x${(unit.charCodeAt(0) - 0xdc00).toString(16)}`);
}

/** The other way round. */
export function exactName(shown: string): string {
  return shown.replaceAll(SHOWN_BYTE, (_, hex: string) =>
    hex === '5c' ? '\\' : String.fromCharCode(0xdc00 + Number.parseInt(hex, 16)),
  );
}

/** A lone surrogate counts as three bytes for Node, and is one. */
export function nameBytes(name: string): number {
  return Buffer.byteLength(name) - 2 * (name.match(ESCAPED_BYTE)?.length ?? 0);
}

/** A name as the bytes that a file system keeps. */
export function bytesOfName(name: string): Buffer {
  let at = 0;
  const parts: Buffer[] = [];
  for (const { index } of name.matchAll(ESCAPED_BYTE)) {
    parts.push(Buffer.from(name.slice(at, index)), Buffer.of(name.charCodeAt(index) - 0xdc00));
    at = index + 1;
  }
  return Buffer.concat([...parts, Buffer.from(name.slice(at))]);
}

/** The other way round: each byte that is not UTF-8 becomes a lone surrogate. */
export function nameOfBytes(bytes: Buffer): string {
  const text = bytes.toString();
  if (!text.includes('\ufffd') || Buffer.from(text).equals(bytes)) return text;
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    const length = utf8Length(bytes, at);
    name += length > 0 ? bytes.toString('utf8', at, at + length) : escapedByte(bytes, at);
    at += Math.max(length, 1);
  }
  return name;
}

const escapedByte = (bytes: Buffer, at: number): string =>
  String.fromCharCode(0xdc00 + (bytes[at] as number));

/** Bytes of the character that begins here; 0 when none does. */
function utf8Length(bytes: Buffer, at: number): number {
  const first = bytes[at] as number;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const character = bytes.subarray(at, at + length);
  return Buffer.from(character.toString()).equals(character) ? length : 0;
}
