/**
 * Where a page of sandboxes ended. A token holds the last row's place in the order and not a
 * count of rows, so it stays valid when rows come and go, the last row included.
 */
import { invalid } from './check-input.js';

export interface PagePosition {
  createTime: number;
  id: string;
}

const POSITION = /^(\d{1,16}):([A-Za-z0-9._-]{1,128})$/;

export function encodePageToken(position: PagePosition): string {
  return Buffer.from(`${position.createTime}:${position.id}`).toString('base64url');
}

/** Throws `INVALID_ARGUMENT` for a text that `encodePageToken` did not make. */
export function decodePageToken(token: string): PagePosition {
  const text = typeof token === 'string' ? Buffer.from(token, 'base64url').toString() : '';
  const [, createTime, id] = POSITION.exec(text) ?? [];
  const position = { createTime: Number(createTime), id: id ?? '' };
  if (encodePageToken(position) !== token) {
    throw invalid('pageToken', 'must be one that this store gave');
  }
  return position;
}

/** The order of sandboxes: by creation, then by id. Ids are ASCII, so every driver sorts alike. */
export function comparePositions(left: PagePosition, right: PagePosition): number {
  if (left.createTime !== right.createTime) return left.createTime - right.createTime;
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}
