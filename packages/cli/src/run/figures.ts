/** Images among what the code showed, as files. */
import type { Execution, MimeBundle } from '@belljar/core';

/** The best representation first. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/svg+xml': 'svg',
  'image/webp': 'webp',
  'image/gif': 'gif',
  'application/pdf': 'pdf',
};

export interface Figure {
  mimeType: string;
  extension: string;
  content: Uint8Array;
}

/** SVG is text in a bundle, the others are base64. */
export function figureOf(bundle: MimeBundle): Figure | undefined {
  for (const [mimeType, extension] of Object.entries(EXTENSIONS)) {
    const data = bundle[mimeType];
    if (typeof data !== 'string') continue;
    const content = Buffer.from(data, mimeType === 'image/svg+xml' ? 'utf8' : 'base64');
    return { mimeType, extension, content };
  }
  return undefined;
}

/** The plain text of a bundle, unless it only names an image. */
export function textOf(bundle: MimeBundle): string | undefined {
  const text = bundle['text/plain'];
  return typeof text === 'string' && figureOf(bundle) === undefined ? text : undefined;
}

export function figuresOf({ displays, result }: Execution): Figure[] {
  return [...displays, ...(result ? [result] : [])].flatMap((bundle) => figureOf(bundle) ?? []);
}
