/** An engine whose disk is full, and then has room again. */
import { expect } from 'vitest';
import { runEngine } from '../attacks/run-engine.js';
import { onSmallDisk, withMountsAsRoot } from '../helpers/mounts.js';
import { useDirectories } from '../helpers/sqlite-stores.js';

const makeDirectory = useDirectories();

withMountsAsRoot('a result that could not be recorded is recorded when there is room', async () => {
  const directory = makeDirectory();
  const program = `
    import { rmSync, writeFileSync } from 'node:fs';
    import { createEngine } from '@belljar/core';
    const directory = '${directory}';
    const open = () => createEngine({
      directory, python: { preload: [], poolSize: 0 }, onWarning() {},
    });
    const engine = await open();
    const sandbox = await engine.openSandbox({ key: 'k' });
    await sandbox.execute('x = 0');
    writeFileSync(directory + '/ballast', 'x'.repeat(1_200_000));
    const fill = { executionId: 'full', code: 'x += 1\\nprint("y" * 900_000)' };
    const refuse = (error) => [error.name, error.code, error.details.reason];
    const refused = await sandbox.execute(fill).catch(refuse);
    const stillFull = await sandbox.execute('x += 100').catch(refuse);
    rmSync(directory + '/ballast');
    const value = await sandbox.execute('x').then(({ result }) => result['text/plain'], refuse);
    const again = await sandbox.execute(fill).then(({ stdout }) => stdout.length, refuse);
    const entries = [];
    for await (const { status } of sandbox.executions()) entries.push(status);
    await engine.close();
    console.log(JSON.stringify({ refused, stillFull, value, again, entries }));`;
  const full = ['BelljarError', 'STORE_UNAVAILABLE', 'the disk is full'];
  expect(await runEngine(program, onSmallDisk(directory))).toEqual({
    refused: full,
    stillFull: full,
    value: '1',
    again: 900_001,
    entries: ['ok', 'ok', 'ok'],
  });
});
