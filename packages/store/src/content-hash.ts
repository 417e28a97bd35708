/** SHA-256 of content, in lower-case hex. */
import { hash, webcrypto } from 'node:crypto';

/** From this size on, work goes to another thread: this one has other calls to answer. */
export const ELSEWHERE_FROM_BYTES = 262_144;

/** The content must not change meanwhile. */
export async function contentHash(content: Uint8Array): Promise<string> {
  if (content.length < ELSEWHERE_FROM_BYTES) return hash('sha256', content);
  const digest = await webcrypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).toString('hex');
}
