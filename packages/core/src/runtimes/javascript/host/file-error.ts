/** What an operation on files came to when it failed, as the guest is told: no path of the host. */
import type { FileFailure } from '../guest/bridge.js';

const KINDS: Record<string, [errno: number, text: string]> = {
  EACCES: [-13, 'permission denied'],
  EEXIST: [-17, 'file already exists'],
  EFBIG: [-27, 'file too large'],
  EINVAL: [-22, 'invalid argument'],
  EIO: [-5, 'i/o error'],
  EISDIR: [-21, 'illegal operation on a directory'],
  ENAMETOOLONG: [-36, 'name too long'],
  ENOENT: [-2, 'no such file or directory'],
  ENOSPC: [-28, 'no space left on device'],
  ENOTDIR: [-20, 'not a directory'],
  ENOTEMPTY: [-39, 'directory not empty'],
};
const OTHERWISE = 'EIO';
/** Node's own, for what the kernel calls otherwise. */
const SAME: Record<string, string> = {
  ELOOP: 'ENOENT',
  ERR_FS_EISDIR: 'EISDIR',
  ERR_STRING_TOO_LONG: 'EFBIG',
  ERR_FS_FILE_TOO_LARGE: 'EFBIG',
  EDQUOT: 'ENOSPC',
};

export class FileError extends Error {
  readonly code: string;
  /** Said after the message. */
  readonly remark: string;

  constructor(code: string, remark = '') {
    super(code);
    this.code = code;
    this.remark = remark;
  }
}

/** `paths`: as the guest gave them. */
export function failureOf(error: unknown, syscall: string, paths: string[]): FileFailure {
  const raised = (error as { code?: unknown } | null)?.code;
  const named = typeof raised === 'string' ? (SAME[raised] ?? raised) : OTHERWISE;
  const code = Object.hasOwn(KINDS, named) ? named : OTHERWISE;
  const [errno, text] = KINDS[code] as [number, string];
  const [path, dest] = paths;
  const where = paths.map((one) => `'${one}'`).join(' -> ');
  const remark = error instanceof FileError ? error.remark : '';
  return {
    message: `${code}: ${text}, ${syscall} ${where}${remark}`,
    code,
    errno,
    syscall,
    path,
    dest,
  };
}
