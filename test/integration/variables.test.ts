/** `sandbox.variables()`: the names that the code made. */
import type { Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
});

describe('variables', () => {
  it('are none in a new sandbox', async () => {
    expect(await sandbox.variables()).toEqual([]);
  });

  it('have name, type, size and a short preview, sorted by name', async () => {
    await sandbox.execute(`
import json, collections
_hidden = 1
text = 'día 😀'
numbers = list(range(10_000))
def function(): pass
class Own: pass
own = Own()
counter = collections.Counter('aab')`);
    const variables = await sandbox.variables();
    expect(variables.map(({ name, type }) => [name, type])).toEqual([
      ['Own', 'type'],
      ['counter', 'collections.Counter'],
      ['function', 'function'],
      ['numbers', 'list'],
      ['own', '__main__.Own'],
      ['text', 'str'],
    ]);
    expect(variables.at(-1)?.preview).toBe("'día 😀'");
    for (const { preview } of variables) expect(preview.length).toBeLessThanOrEqual(200);
    expect(variables[3]?.sizeBytes).toBeGreaterThan(80_000);
  });

  it('survive objects whose own methods fail', async () => {
    await sandbox.execute(`
class Bad:
    def __repr__(self): raise RuntimeError('no')
    def __sizeof__(self): raise RuntimeError('no')
bad = Bad()`);
    const found = (await sandbox.variables()).find(({ name }) => name === 'bad');
    expect(found).toMatchObject({ type: '__main__.Bad', sizeBytes: 0 });
  });

  it('have another identity once the name, an item or an attribute has another value', async () => {
    const own = await create();
    const identities = async () =>
      (await own.variables({ identity: true })).map(({ name, identity }) => [name, identity]);
    await own.execute(`
class Model: pass
model, numbers, table, text = Model(), [1, 2], {'a': 1}, 'x' * 1_000
same = [1]`);
    const before = Object.fromEntries(await identities());
    await own.execute(`
model.fitted = True
numbers[1] = 3
table['a'] = 2
text = 'x' * 999 + 'y'`);
    const changed = (await identities()).filter(([name = '', id]) => before[name] !== id);
    expect(changed.map(([name]) => name)).toEqual(['model', 'numbers', 'table', 'text']);
    for (const variable of await own.variables()) expect(variable).not.toHaveProperty('identity');
  });

  it('wait for the executions before', async () => {
    const own = await create();
    const running = own.execute('import time; time.sleep(0.05); late = 1');
    expect(await own.variables()).toMatchObject([{ name: 'late', preview: '1' }]);
    await running;
  });
});
