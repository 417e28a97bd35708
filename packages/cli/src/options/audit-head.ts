import type { AuditHead } from '@belljar/store';
import { InvalidArgumentError } from 'commander';

/** `12:1f…`, as `belljar verify` prints it: a line of the log and its link, 64 hex digits. */
export function parseAuditHead(text: string): AuditHead {
  const [, sequence, link] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence !== undefined && link !== undefined) return { sequence: Number(sequence), link };
  throw new InvalidArgumentError('Give a head as belljar verify printed it.');
}

export const formatAuditHead = ({ sequence, link }: AuditHead): string => `${sequence}:${link}`;
