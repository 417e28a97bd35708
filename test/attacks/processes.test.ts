/** Other processes: the host's, the keeper of one's own sandbox, other sandboxes'. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IsolationReport, Sandbox } from '@belljar/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byLevel, describeAt, isConfined } from '../helpers/level.js';
import { ownProcesses, useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { answers, runOnHost, runSnippet, type Said } from './run-snippet.js';

const create = useSandboxes();
let host: ChildProcess;
let sandbox: Sandbox;
let said: Said;
let isolation: IsolationReport;

beforeAll(async () => {
  host = spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(host, 'spawn');
  await create(); // another, whose processes are strangers too
  sandbox = await create();
  // Process 1 is the keeper; without a PID namespace, everything of the engine's has a number.
  const others = isConfined ? [host.pid, ...ownProcesses().map(Number)] : [1];
  const run = await runSnippet(sandbox, 'processes', { host: host.pid, others });
  said = run.said;
  isolation = run.execution.isolation;
});

afterAll(() => host.kill('SIGKILL'));

describe('processes', () => {
  verifies('jail.no-host-processes', 'of the host are out of reach', async () => {
    // That there is one with this number is what `weakened` says at `confined`.
    expect(said.host).toEqual({ kill: byLevel('ESRCH', 'EPERM'), path: isConfined });
    expect(host.exitCode ?? host.signalCode).toBeNull();
    expect(await runOnHost(`import os; os.kill(${host.pid}, 0); print('there')`)).toBe('there');
  });

  verifies('jail.no-host-processes', 'of the sandbox are the keeper and its own', () => {
    expect(said.seen).toEqual(byLevel<unknown>([1, said.self], 'not shown'));
  });

  verifies('jail.no-host-processes', 'of one’s own can be signalled, slowed and limited', () => {
    expect(said.control).toEqual({
      'own child is killed': 0,
      'own child was': -9,
      'own priority': 0,
      'own limits': 0,
      'own maps': byLevel('ok', 'EACCES'),
    });
  });
});

describe('the keeper', () => {
  verifies('jail.no-host-processes', 'is not signalled, by whatever call', () => {
    // Before Linux 6.12 the call succeeds, and the kernel drops the signal: it is process 1.
    const refused = isolation.layers.includes('landlock-signals') ? 'EPERM' : 0;
    expect(answers(said.signals)).toEqual([refused]);
    expect(said.by_other_means).toEqual({
      'kill everything': 'EPERM',
      F_SETSIG: 'EPERM',
      F_SETOWN: 'EPERM',
      F_SETOWN_EX: 'EPERM',
      O_ASYNC: 'EPERM',
      F_SETLEASE: 'EPERM',
      F_NOTIFY: 'EPERM',
      timer_create: 'ENOSYS',
      mq_open: 'EPERM',
    });
    expect(answers(said.by_ioctl)).toEqual(['ENOTTY']);
  });

  verifies('jail.no-host-processes', 'is not limited, slowed, moved or traced', () => {
    expect(answers(said.on_keeper)).toEqual(['EPERM']);
  });

  verifies('jail.no-host-processes', 'shows neither memory nor descriptors', () => {
    expect(answers(said.listed)).toEqual(['EACCES']);
    expect(answers({ ...said.files, ...said.links, ...said.written })).toEqual(['EACCES']);
  });

  it('answers after all of it', async () => {
    expect((await sandbox.execute('6 * 7')).result?.['text/plain']).toBe('42');
    expect(await sandbox.files.list()).toEqual([]);
  });
});

// At `confined` another sandbox's processes are among the strangers above.
describeAt('namespaces', 'another sandbox', () => {
  verifies('jail.no-host-processes', 'has numbers of its own', async () => {
    const other = await create();
    const marked = `
import ctypes
ctypes.CDLL(None).prctl(15, b'marked-one', 0, 0, 0)
import os
sorted(open('/proc/%s/comm' % name).read().strip() for name in os.listdir('/proc') if name.isdigit())`;
    const names = (await sandbox.execute(marked)).result?.['text/plain'];
    expect(names).toContain('marked-one');
    const seen = await other.execute(`
import os
sorted(open('/proc/%s/comm' % name).read().strip() for name in os.listdir('/proc') if name.isdigit())`);
    expect(seen.result?.['text/plain']).not.toContain('marked-one');
  });
});
