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
