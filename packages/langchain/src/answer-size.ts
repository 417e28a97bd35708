/** How much of an agent's state an answer takes. Control characters take six bytes of JSON each. */
import { cutText, cutToJsonBytes, jsonBytes } from '@belljar/core/tool';

/** UTF-16 characters, or half the bytes of JSON where those are more: 20,000 fit into 64 KB. */
export function answerSize(text: string): number {
  return Math.max(text.length, jsonBytes(text) / 2);
}

/** Head and tail of a text, so that its size is at most that. */
export function cutAnswer(text: string, maxSize: number): string {
  return cutToJsonBytes(cutText(text, maxSize), 2 * maxSize);
}
