/** Names on this machine for what a sandbox names. */
import { createHash } from 'node:crypto';
import { safeLine } from '../terminal/safe-text.js';

/** Linux takes 255; a suffix has room too. */
const SEGMENT_BYTES = 240;

/**
 * The folders and the name under which a sandbox's file is saved. Boundary: what comes out has no
 * part that leads elsewhere, and nothing that speaks to a terminal when it is listed.
 */
export function savedName(name: string): string[] {
  const segments = name.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new Error('its name leads out of the workspace');
  }
  return segments.map((segment) => shorten(safeLine(segment)));
}

/** Showing a control character takes four. What is cut is told apart by a hash. */
function shorten(segment: string): string {
  if (Buffer.byteLength(segment) <= SEGMENT_BYTES) return segment;
  const hash = createHash('sha256').update(segment).digest('hex').slice(0, 8);
  let kept = '';
  for (const character of segment) {
    if (Buffer.byteLength(kept + character) > SEGMENT_BYTES - hash.length - 1) break;
    kept += character;
  }
  return `${kept}~${hash}`;
}

/** Gives each file of one run a path of its own. */
export class SavedNames {
  readonly #taken: Set<string>;

  constructor(reserved: readonly string[]) {
    this.#taken = new Set(reserved);
  }

  of(name: string): string[] {
    const [last = '', ...folders] = savedName(name).reverse();
    return this.#take((copy) => [...folders.toReversed(), copy === 1 ? last : `${last}~${copy}`]);
  }

  /** `figure-1.png`, and so on; a name that the code took itself is passed over. */
  figure(extension: string): string[] {
    return this.#take((number) => [`figure-${number}.${extension}`]);
  }

  #take(candidate: (attempt: number) => string[]): string[] {
    for (let attempt = 1; ; attempt += 1) {
      const path = candidate(attempt);
      if (this.#taken.has(path.join('/'))) continue;
      this.#taken.add(path.join('/'));
      return path;
    }
  }
}
