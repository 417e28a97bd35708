/** Under load: who waits, in which order, and who is refused. */
import type { Execution, Sandbox } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import { plainPython, useEngines } from '../helpers/test-engine.js';

const open = useEngines();

describe('executions that wait', () => {
  it('run in turns of their sandboxes, whoever asked for more', async () => {
    const engine = await open({ python: plainPython, maxConcurrentExecutions: 1 });
    const [many, few] = [await engine.createSandbox(), await engine.createSandbox()];
    const order: string[] = [];
    const run = async (sandbox: Sandbox, name: string): Promise<void> => {
      await sandbox.execute('1');
      order.push(name);
    };
    const all = [...Array(8).keys()].map(() => run(many, 'many'));
    all.push(...[...Array(2).keys()].map(() => run(few, 'few')));
    await Promise.all(all);
    expect(order.lastIndexOf('few')).toBeLessThan(8);
  });

  it('are refused when they are too many, with how long to wait', async () => {
    const engine = await open({
      python: plainPython,
      maxConcurrentExecutions: 1,
      maxQueuedExecutions: 4,
    });
    const [greedy, other] = [await engine.createSandbox(), await engine.createSandbox()];
    const asked = [...Array(20).keys()].map(() => greedy.execute('1'));
    const late = other.execute('2');
    const settled = await Promise.allSettled(asked);
    const refused = settled.filter((one) => one.status === 'rejected').map((one) => one.reason);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    for (const reason of refused) {
      expect(reason).toMatchObject({
        code: 'ENGINE_BUSY',
        details: { retryAfterMs: expect.any(Number) },
        suggestion: expect.stringContaining('ms'),
      });
    }
    const answered = settled.filter((one) => one.status === 'fulfilled');
    for (const { value } of answered as PromiseFulfilledResult<Execution>[]) {
      expect(value.status).toBe('ok');
    }
    // One who has nothing in the line is let in.
    expect((await late).result?.['text/plain']).toBe('2');
    expect((await greedy.execute('3')).status).toBe('ok');
  });
});
