/** The memory that all sandboxes of a zygote share: read by all, written to by nobody. */
import type { Engine } from '@belljar/core';
import { describe, expect } from 'vitest';
import { isConfined } from '../helpers/level.js';
import { requires } from '../helpers/requires.js';
import { useEngines } from '../helpers/test-engine.js';
import { verifies } from '../helpers/verifies.js';
import { runSnippet } from './run-snippet.js';

const open = useEngines();

/** With sandboxes that are born from the loaded zygote. */
async function openLoaded(): Promise<Engine> {
  const engine = await open({ python: { preload: ['decimal'], poolSize: 0 } });
  const isLoaded = 'import sys\n"decimal" in sys.modules';
  while ((await engine.run({ code: isLoaded })).result?.['text/plain'] !== 'True');
  return engine;
}

const withGlibc = await requires(
  'glibc',
  async () => {
    const engine = await open();
    const { result } = await engine.run({ code: 'import platform\nplatform.libc_ver()[0]' });
    await engine.close();
    return result?.['text/plain'] === "'glibc'" || 'this Python has another C library';
  },
  { optional: 'on musl nothing is shared' },
);

// The snippet finds the memory in its own /proc, which is closed at `confined`.
const unlessConfined = isConfined ? () => {} : withGlibc;

describe('forks of one zygote', () => {
  unlessConfined(
    'have the preload for themselves, and cannot reach it behind its mapping',
    async () => {
      const engine = await openLoaded();
      const { said } = await runSnippet(await engine.createSandbox(), 'shared_heap');
      expect(said).toMatchObject({
        regions: ['rw-p'],
        own: 'marked',
        kept: 'marked',
        hole: 'EACCES',
        opened: 'EPERM',
        remapped: 'EINVAL',
      });
      expect(JSON.stringify(said.descriptors)).not.toContain('preload');
      const other = await runSnippet(await engine.createSandbox(), 'shared_heap');
      expect(other.said.before).toBe('000000000000');
      await engine.close();
    },
  );

  verifies('jail.no-host-files', 'draw random numbers that have nothing in common', async () => {
    const engine = await openLoaded();
    const draw =
      'import random, secrets, uuid\n(random.random(), secrets.token_hex(8), uuid.uuid4())';
    const [one, two] = await Promise.all([engine.run({ code: draw }), engine.run({ code: draw })]);
    expect(one.result?.['text/plain']).toMatch(/^\(0\.\d+, '\w+', UUID/);
    const parts = (text: unknown) => String(text).split(', ');
    const common = parts(one.result?.['text/plain']).filter((part) =>
      parts(two.result?.['text/plain']).includes(part),
    );
    expect(common).toEqual([]);
    await engine.close();
  });
});
