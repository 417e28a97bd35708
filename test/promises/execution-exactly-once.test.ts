import type { Sandbox } from '@belljar/core';
import { beforeEach, expect } from 'vitest';
import { collect } from '../helpers/collect.js';
import { useSandboxes } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeEach(async () => {
  sandbox = await create();
  await sandbox.execute('runs = 0');
});

const count = 'runs += 1\nopen("out.txt", "w").write(str(runs))\nprint("ran")\nruns';
const runs = async (): Promise<unknown> => (await sandbox.execute('runs')).result?.['text/plain'];

verifies(
  'execution.exactly-once',
  'a repeated request gets the recorded result with its files',
  async () => {
    const request = { executionId: 'a', code: count, files: [{ name: 'in.txt', content: 'x' }] };
    const first = await sandbox.execute(request);
    await sandbox.execute('open("out.txt", "w").write("later");');
    const again = await sandbox.execute(request);
    expect(JSON.parse(JSON.stringify(again))).toEqual(JSON.parse(JSON.stringify(first)));
    expect(Buffer.from((await again.files[0]?.bytes()) ?? []).toString()).toBe('1');
    expect(await runs()).toBe('1');
  },
);

verifies('execution.exactly-once', 'many at once with one id run once', async () => {
  const calls = Array.from({ length: 10 }, () =>
    sandbox.execute({ executionId: 'b', code: count }),
  );
  const results = await Promise.all(calls);
  expect(new Set(results.map((one) => JSON.stringify(one))).size).toBe(1);
  expect(await runs()).toBe('1');
});

verifies(
  'execution.exactly-once',
  'another request with the id is refused and nothing runs',
  async () => {
    const request = { executionId: 'd', code: count, files: [{ name: 'in.txt', content: 'x' }] };
    await sandbox.execute(request);
    const others = [
      { ...request, code: `${count} ` },
      { ...request, files: [] },
      { ...request, files: [{ name: 'in.txt', content: 'y' }] },
      { ...request, files: [{ name: 'other.txt', content: 'x' }] },
      { ...request, timeoutMs: 5_000 },
    ];
    for (const other of others) {
      await expect(sandbox.execute(other)).rejects.toMatchObject({ code: 'EXECUTION_CONFLICT' });
    }
    await expect(sandbox.shell(count, { executionId: 'd' })).rejects.toMatchObject({
      code: 'EXECUTION_CONFLICT',
    });
    expect(await runs()).toBe('1');
    expect((await collect(sandbox.executions())).filter(({ id }) => id === 'd')).toHaveLength(1);
  },
);

verifies(
  'execution.exactly-once',
  'the same files in another shape are the same request',
  async () => {
    const content = Buffer.from('x');
    const shapes = [content, 'x', new Blob(['x']), new Blob(['x']).stream()];
    for (const shape of shapes) {
      const files = [{ name: 'in.txt', content: shape }];
      expect(await sandbox.execute({ executionId: 'e', code: count, files })).toMatchObject({
        stdout: 'ran\n',
      });
    }
    expect(await runs()).toBe('1');
  },
);

verifies(
  'execution.exactly-once',
  'a failure is a result too, and is not tried again',
  async () => {
    const request = { executionId: 'f', code: 'runs += 1\n1 / 0' };
    const [first, again] = [await sandbox.execute(request), await sandbox.execute(request)];
    expect([first.status, again.status]).toEqual(['error', 'error']);
    expect(again.error).toEqual(first.error);
    expect(await runs()).toBe('1');
  },
);

verifies(
  'execution.exactly-once',
  'a request that was refused before it ran may be sent again',
  async () => {
    const files = [
      { name: 'a', content: '' },
      { name: 'a/b', content: '' },
    ];
    const refused = sandbox.execute({ executionId: 'g', code: count, files });
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await sandbox.execute({ executionId: 'g', code: count })).toMatchObject({
      status: 'ok',
    });
  },
);

verifies('execution.exactly-once', 'an id is known in its own sandbox only', async () => {
  const request = { executionId: 'h', code: '1' };
  const other = await create();
  await sandbox.execute(request);
  expect(await other.execute({ ...request, code: '2' })).toMatchObject({
    result: { 'text/plain': '2' },
  });
});
