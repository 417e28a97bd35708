/** System calls by number, with arguments that no library would make, and by foreign doors. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { isConfined } from '../helpers/level.js';
import { requires } from '../helpers/requires.js';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { answers, runOnHost, runSnippet, snippet } from './run-snippet.js';

const create = useSandboxes();
const SIGSYS = 31;

verifies('jail.kernel-surface', 'raw calls outside the list fail, each as it should', async () => {
  const { said } = await runSnippet(await create(), 'kernel_surface');
  expect(said.getpid).toBe(true);
  expect(said.fifo).toBe('ok');
  const wrong = Object.entries(said.EPERM ?? {}).filter(([, answer]) => answer !== 'EPERM');
  expect(wrong).toEqual([]);
  expect(answers(said.ENOSYS)).toEqual(['ENOSYS']);
});

verifies('jail.kernel-surface', 'the same raw calls work outside of the jail', async () => {
  const outside = `
say([attempt(os.close, call("memfd_create", b"x", 0)), attempt(os.close, call("epoll_create1", 0)),
     call("prlimit64", os.getppid(), 7, 0, ctypes.create_string_buffer(16))])`;
  const raw = snippet('kernel_surface').split('PARAMETERS')[0] ?? '';
  expect(JSON.parse(await runOnHost(raw + outside))).toEqual(['ok', 'ok', 0]);
});

verifies('jail.kernel-surface', 'no capability, no new privilege, no group, a filter', async () => {
  const sandbox = await create();
  const { said } = await runSnippet(sandbox, 'kernel_surface');
  // In a sandbox that has no /proc the host looks, at the number that the code has there too.
  const text = isConfined
    ? readFileSync(`/proc/${Number(said.pid)}/status`, 'utf8')
    : (await sandbox.execute('print(open("/proc/self/status").read())')).stdout;
  const status = Object.fromEntries(text.split('\n').map((line) => line.split(':\t')));
  const none = '0000000000000000';
  expect(status).toMatchObject({
    CapInh: none,
    CapPrm: none,
    CapEff: none,
    CapAmb: none,
    NoNewPrivs: '1',
    Seccomp: '2',
  });
  // An ordinary user has no right to narrow it, and no_new_privs leaves it nothing to bound.
  if (!isConfined || process.geteuid?.() === 0) expect(status.CapBnd).toBe(none);
});

const onX86 = await requires(
  'an x86-64 processor, for its other system-call entries',
  () => process.arch === 'x64' || 'on arm64 the 32-bit entry needs a 32-bit program',
  { optional: 'arm64 has none of these entries' },
);

verifies(
  'jail.kernel-surface',
  'i386 and x32 entries end the process, and the normal one works',
  async () => {
    const { said } = await runSnippet(await create(), 'foreign_entry');
    expect(said).toEqual({ 'x86-64': 0, x32: -SIGSYS, i386: -SIGSYS });
  },
  { using: onX86 },
);
