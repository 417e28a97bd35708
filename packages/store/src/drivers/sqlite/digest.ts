/** What text is looked up by: the tree of an index has no text of a sandbox in it. */
import { hash } from 'node:crypto';

function digest(...parts: readonly string[]): Buffer {
  return hash('sha256', JSON.stringify(parts), 'buffer');
}

export const ownerDigest = (owner: string): Buffer => digest('owner', owner);
export const keyDigest = (owner: string, key: string): Buffer => digest('key', owner, key);
export const labelDigest = (name: string, value: string): Buffer => digest('label', name, value);
export const executionDigest = (id: string): Buffer => digest('execution', id);
