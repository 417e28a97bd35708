/**
 * What every driver accepts. Each function checks an argument and returns a copy of it, with its
 * known properties only, or throws `INVALID_ARGUMENT` that names the argument.
 *
 * Text must be well-formed: a lone surrogate becomes U+FFFD in UTF-8, and two owners would be one.
 */
import { StoreError } from './errors.js';

const PLAIN_ID = /^[A-Za-z0-9._-]{1,128}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const MAX_PAGE_SIZE = 1_000;

export function checkEpoch(epoch: number | undefined): number | undefined {
  return epoch === undefined ? undefined : checkWhole(epoch, 'epoch');
}

export const checkSandboxId = (id: string): string => checkPlainId(id, 'id');

export function checkPlainId(id: string, name: string): string {
  if (typeof id !== 'string' || !PLAIN_ID.test(id)) {
    throw invalid(name, 'must be 1 to 128 of A-Z a-z 0-9 . _ -');
  }
  return id;
}

export function checkKey(key: string): string {
  if (checkName(key, 'key') === '') throw invalid('key', 'must not be empty');
  return key;
}

/** Milliseconds since 1970, or a number of bytes: a whole number from 0 on. */
export function checkWhole(value: number, name: string): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw invalid(name, 'must be a whole number from 0 on');
  }
  return value;
}

export function checkPageSize(size: number, name: string): number {
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE_SIZE) {
    throw invalid(name, `must be a whole number from 1 to ${MAX_PAGE_SIZE}`);
  }
  return size;
}

export function checkSha256(hash: string, name: string): string {
  if (typeof hash !== 'string' || !SHA256.test(hash)) {
    throw invalid(name, 'must be a SHA-256 in lower-case hex');
  }
  return hash;
}

/** Text without NUL, for what is looked up or shown. */
export function checkName(text: string, name: string): string {
  if (checkText(text, name).includes('\0')) throw invalid(name, 'must not have a NUL character');
  return text;
}

export function checkText(text: string, name: string): string {
  if (typeof text !== 'string') throw invalid(name, 'must be a string');
  if (!text.isWellFormed()) throw invalid(name, 'must not have a lone surrogate');
  return text;
}

export function checkOneOf(value: string, choices: readonly string[], name: string): string {
  if (!choices.includes(value)) throw invalid(name, `must be one of ${choices.join(', ')}`);
  return value;
}

export function requireObject(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(name, 'must be an object');
  }
}

export function invalid(name: string, rule: string): StoreError {
  return new StoreError('INVALID_ARGUMENT', `${name} ${rule}.`, { details: { argument: name } });
}
