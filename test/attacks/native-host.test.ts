/**
 * An escape from V8 is native code in the isolate host: here it is there from the start. What holds it
 * is the jail, as it holds a Python session; the same hostile programs run in it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { byLevel } from '../helpers/level.js';
import { verifies } from '../helpers/verifies.js';
import { useNativeHost } from './native-host.js';
import { answers } from './run-snippet.js';

const open = useNativeHost();

verifies('jail.no-network', 'JavaScript: Node has no socket, no name, no server', async () => {
  const host = await open();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as { port: number };
    const { result } = await host.run(`
      const attempt = (what) => new Promise((resolve) => {
        what.on('error', (error) => resolve(error.code)).on('connect', () => resolve('connected'))
          .on('listening', () => resolve('listening'));
      });
      const net = require('node:net');
      const { lookup } = require('node:dns/promises');
      return [
        await attempt(net.connect(${port}, '127.0.0.1')),
        await attempt(net.connect('/var/run/docker.sock')),
        await attempt(net.createServer().listen(0)),
        await attempt(require('node:dgram').createSocket('udp4').bind(0)),
        await lookup('example.com').catch((error) => error.code),
      ];`);
    const said = (result?.['application/json'] ?? []) as string[];
    const [tcp, unix, listening, datagrams, name] = said;
    expect([tcp, listening, datagrams]).toEqual(['EACCES', 'EACCES', 'EACCES']);
    expect(unix).toBe('EACCES');
    expect(name).toMatch(/^E/);
    expect(connections).toBe(0);
    const { sockets, resolved } = await host.snippet('network', { abstract: 'belljar-none' });
    expect(Object.keys(sockets ?? {})).toEqual(['EACCES']);
    expect(resolved).toBe('gaierror');
  } finally {
    server.close();
  }
});

verifies('jail.no-host-files', 'JavaScript: Node reads and writes its workspace only', async () => {
  const host = await open();
  const folder = mkdtempSync('/var/tmp/belljar-host-');
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'secret', { mode: 0o666 });
  try {
    const { result } = await host.run(`
      const fs = require('node:fs');
      const attempt = (what) => { try { return what() } catch (error) { return error.code } };
      fs.writeFileSync('own', 'my own');
      return {
        own: attempt(() => fs.readFileSync('own', 'utf8')),
        secret: attempt(() => fs.readFileSync(${JSON.stringify(secret)}, 'utf8')),
        engine: attempt(() => fs.readFileSync(${JSON.stringify(import.meta.filename)}, 'utf8')),
        program: attempt(() => fs.writeFileSync(process.execPath, '')),
        host: attempt(() => fs.writeFileSync(process.argv[1], '')),
        folder: attempt(() => fs.writeFileSync(${JSON.stringify(`${folder}/planted`)}, '')),
        environment: Object.keys(process.env).sort(),
      };`);
    const said = result?.['application/json'] as Record<string, unknown>;
    const absent = byLevel('ENOENT', 'EACCES');
    expect(said).toMatchObject({ own: 'my own', secret: absent, engine: absent, folder: absent });
    expect(['EROFS', 'EACCES', 'EPERM']).toContain(said.program);
    expect(['EROFS', 'EACCES', 'EPERM']).toContain(said.host);
    expect(said.environment).toEqual([
      'BELLJAR_MEMORY_BYTES',
      'BELLJAR_SEED',
      'HOME',
      'LANG',
      'TMPDIR',
      'TZ',
      'UV_USE_IO_URING',
    ]);
    const files = await host.snippet('host_files', { secret, own: 'own' });
    expect(files.own).toBe('my own');
    expect(files.below).toEqual([]);
    const leads = Object.values(files.opened ?? {}).filter((answer) => answer === 'ok');
    expect(leads).toEqual([]);
    const changed = Object.values(files.tampered ?? {}).filter((answer) => answer === 'ok');
    expect(changed).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

verifies('jail.no-host-processes', 'JavaScript: no signal reaches another process', async () => {
  const host = await open();
  const { result } = await host.run(`
    const attempt = (what) => { try { return what() } catch (error) { return error.code } };
    const { readdirSync, readFileSync } = require('node:fs');
    const seen = attempt(() => readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length);
    return {
      host: attempt(() => process.kill(${process.pid}, 'SIGKILL')),
      keeper: attempt(() => process.kill(process.ppid || 1, 'SIGKILL')),
      everything: attempt(() => process.kill(-1, 'SIGKILL')),
      memory: attempt(() => readFileSync('/proc/' + (process.ppid || 1) + '/mem', 'latin1')),
      seen,
    };`);
  const said = result?.['application/json'] as Record<string, unknown>;
  expect(said.host).toBe(byLevel('ESRCH', 'EPERM'));
  expect(said.everything).toBe('EPERM');
  expect(said.keeper).not.toBe(true);
  expect(said.memory).toMatch(/^E/);
  expect(said.seen).toEqual(byLevel<unknown>(2, 'EACCES'));
  expect(await host.run('return 1')).toMatchObject({ status: 'ok' });
});

verifies('jail.kernel-surface', 'JavaScript: raw calls outside the list fail', async () => {
  const { EPERM, ENOSYS } = await (await open()).snippet('kernel_surface');
  const wrong = Object.entries(EPERM ?? {}).filter(([, answer]) => answer !== 'EPERM');
  expect(wrong).toEqual([]);
  expect(answers(ENOSYS)).toEqual(['ENOSYS']);
});

verifies('limits.enforced', 'JavaScript: native code has no more processes or files', async () => {
  const host = await open();
  const { result } = await host.run(`
    const { spawn } = require('node:child_process');
    const { openSync } = require('node:fs');
    const started = [];
    const failed = await new Promise((resolve) => {
      const next = () => {
        const child = spawn('/bin/sleep', ['100']);
        child.on('error', (error) => resolve(error.code));
        child.on('spawn', () => { started.push(child); next() });
      };
      next();
    });
    for (const child of started) child.kill('SIGKILL');
    let files = 0;
    try { for (;;) { openSync('/dev/null'); files += 1 } } catch (error) {
      return { failed, processes: started.length, files, full: error.code };
    }`);
  const said = result?.['application/json'] as Record<string, number | string>;
  expect(said.failed).toBe('EAGAIN');
  expect(said.processes).toBeLessThan(64 + 16);
  expect(said.full).toBe('EMFILE');
  expect(said.files).toBeLessThan(1_024);
});
