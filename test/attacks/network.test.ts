/** Sockets of every kind, names, and other processes' sockets. */
import { createServer } from 'node:net';
import { expect } from 'vitest';
import { byLevel } from '../helpers/level.js';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { runOnHost, runSnippet } from './run-snippet.js';

const create = useSandboxes();

verifies('jail.no-network', 'no socket of any family, no name, no interface', async () => {
  const abstract = `belljar-test-${process.pid}`;
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(`\0${abstract}`, resolve));
  try {
    const sandbox = await create();
    const { said } = await runSnippet(sandbox, 'network', { abstract });
    expect(Object.keys(said.sockets ?? {})).toEqual(['EACCES']);
    expect(said.pair).toBe('through the pair');
    expect(said['datagram pair']).toBe('EACCES');
    expect(said.abstract).toEqual({ 'sendto on a pair': 'EISCONN', 'connect of a pair': 'EACCES' });
    expect(said.resolved).toBe('gaierror');
    expect(said.interfaces).toEqual(byLevel<unknown>(['lo'], 'not shown'));
    expect(connections).toBe(0);
    // The same on the host: the socket is made, and the server hears of it.
    const reach = `
import socket
with socket.socket(socket.AF_INET) as one: print('made')
with socket.socket(socket.AF_UNIX) as two: two.connect('\\0${abstract}'); print(two.recv(1))`;
    expect(await runOnHost(reach)).toBe("made\nb''");
    expect(connections).toBe(1);
  } finally {
    server.close();
  }
});

verifies('jail.no-network', 'urllib and pip say so at once', async () => {
  const sandbox = await create();
  const execution = await sandbox.execute(`
import urllib.request
urllib.request.urlopen('http://127.0.0.1:9/')`);
  expect(execution).toMatchObject({ status: 'error', error: { name: 'URLError' } });
  expect(execution.error?.message).toContain('Permission denied');
  expect(execution.usage.wallMs).toBeLessThan(5_000);
});
