/** What a keeper says of files, and why it refuses, in the words of the public API. */
import { BelljarError } from '../../errors.js';
import type { FileInfo } from '../../sandbox.js';
import { shownName } from '../file-names.js';
import { ChannelClosed, Refusal } from './keeper-link.js';
import type { FileEntry } from './messages.js';

const ENOSPC = 28;

export function toFileInfo(name: string, entry: FileEntry): FileInfo {
  return {
    name: shownName(name),
    type: entry.type,
    sizeBytes: entry.sizeBytes,
    modifyTime: new Date(entry.modifyMs).toISOString(),
  };
}

export function refused(what: string, error: unknown): unknown {
  if (error instanceof ChannelClosed) {
    return new BelljarError('RUNTIME_UNAVAILABLE', `Cannot ${what}: ${error.message}.`, {
      suggestion:
        'The next call gets a new sandbox process; memory and files of this one are gone.',
    });
  }
  if (!(error instanceof Refusal)) return error;
  if (error.errno === ENOSPC) {
    return new BelljarError('FILES_LIMIT', `Cannot ${what}: the workspace is full.`, {
      suggestion: 'Remove files, or create the sandbox with a larger limits.workspaceBytes.',
    });
  }
  return new BelljarError('INVALID_ARGUMENT', `Cannot ${what}: ${error.message}.`, {
    details: error.errno === null ? {} : { errno: error.errno },
  });
}
