import { describe, expect, it } from 'vitest';
import type { Engine, OpenSandboxOptions } from '../engine.js';
import type { Sandbox } from '../sandbox.js';
import { chooseSandbox } from './choose-sandbox.js';

const given = { id: 'given' } as Sandbox;

/** Remembers what it was asked; no other method of an engine is called here. */
function recordingEngine() {
  const asked: OpenSandboxOptions[] = [];
  const openSandbox = (options: OpenSandboxOptions) => {
    asked.push(options);
    return Promise.resolve({ id: `of ${options.key}` } as Sandbox);
  };
  return { asked, engine: { openSandbox } as unknown as Engine };
}

describe('chooseSandbox', () => {
  it('takes the sandbox given, or what the function gives for the call', async () => {
    expect(await chooseSandbox({ sandbox: given }, 1)).toBe(given);
    const sandbox = (call: number) => ({ id: `call ${call}` }) as Sandbox;
    expect(await chooseSandbox({ sandbox }, 7)).toEqual({ id: 'call 7' });
  });

  it('opens one by key, with the options for making it', async () => {
    const { engine, asked } = recordingEngine();
    const create = { labels: { team: 'a' } };
    await chooseSandbox({ engine, key: 'chat-1', create }, undefined);
    await chooseSandbox({ engine, key: (call: { id: string }) => call.id }, { id: 'chat-2' });
    expect(asked).toEqual([{ key: 'chat-1', labels: { team: 'a' } }, { key: 'chat-2' }]);
  });

  it.each([[''], [undefined]])('refuses the key %j: nothing is shared by accident', async (key) => {
    const { engine, asked } = recordingEngine();
    const choice = { engine, key: () => key as string };
    await expect(chooseSandbox(choice, undefined)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(asked).toEqual([]);
  });
});
