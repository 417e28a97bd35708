/** What text is looked up by: the tree of an index has no text of a sandbox in it. */
import { hash } from 'node:crypto';

function digest(...parts: readonly string[]): Buffer {
  return hash('sha256', JSON.stringify(parts), 'buffer');
}

export const ownerDigest = (owner: string): Buffer => digest('owner', owner);
export const keyDigest = (owner: string, key: string): Buffer => digest('key', owner, key);
export const labelDigest = (kind: string, name: string, value: string): Buffer =>
  digest('label', kind, name, value);
export const executionDigest = (id: string): Buffer => digest('execution', id);
export const contentDigest = (sha256: string): Buffer => Buffer.from(sha256, 'hex');
