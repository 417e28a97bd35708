/** Names of files that are no path in the workspace, and two files of one name. */
import type { Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { collect } from '../helpers/collect.js';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
  await sandbox.files.write('here.txt', 'here');
});

const refused = { name: 'BelljarError', code: 'INVALID_ARGUMENT' };
const as = (value: unknown): string => value as string;

const bad: [string, unknown][] = [
  ['absolute', '/etc/passwd'],
  ['the root', '/'],
  ['absolute twice', '//a'],
  ['above the workspace', '../a'],
  ['above in the middle', 'a/../../b'],
  ['back where it came from', 'a/..'],
  ['only above', '..'],
  ['with an empty segment', 'a//b'],
  ['with two slashes at its end', 'a//'],
  ['with a dot segment', './a'],
  ['with a dot inside', 'a/./b'],
  ['with NUL', 'a\0b'],
  ['only NUL', '\0'],
  ['with a segment of 256 bytes', 'n'.repeat(256)],
  ['with a segment of 256 bytes in two-byte characters', 'é'.repeat(128)],
  ['with a long segment inside', `a/${'n'.repeat(256)}/b`],
  ['longer than a path can be', 'abcdefghi/'.repeat(500)],
  ['with half of a surrogate pair', 'a\ud83d'],
  ['with the other half', '\ude00a'],
  ['with what Python would make of a byte', 'a\udcff'],
  ['null', null],
  ['undefined', undefined],
  ['a number', 1],
  ['a list', ['a']],
];

describe('a file name', () => {
  it.for([...bad, ['empty', ''], ['a dot', '.']])('is refused when it is %s', async ([, given]) => {
    const name = as(given);
    const calls = [
      () => sandbox.execute({ code: 'ran = 1', files: [{ name, content: 'x' }] }),
      () => sandbox.files.write(name, 'x'),
      () => sandbox.files.read(name),
      async () => sandbox.files.readStream(name),
      () => sandbox.files.makeDirectory(name),
      () => sandbox.files.rename(name, 'a'),
      () => sandbox.files.rename('here.txt', name),
      () => sandbox.files.remove(name),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(refused);
    expect(await sandbox.variables()).toEqual([]);
    expect((await sandbox.files.list()).map((info) => info.name)).toEqual(['here.txt']);
  });

  it.for(bad)('of a folder is refused when it is %s', async ([, given]) => {
    if (given === undefined) return; // the default: the workspace
    await expect(sandbox.files.list(as(given))).rejects.toMatchObject(refused);
    await expect(sandbox.files.stat(as(given))).rejects.toMatchObject(refused);
  });

  it('may have 255 bytes in a segment, and all that is no slash and no NUL', async () => {
    const own = await create();
    const names = [
      'n'.repeat(255),
      `${'é'.repeat(127)}x`,
      '...',
      '..a',
      '-rf',
      ' ',
      'a b\tc\n',
      '*?[]"\'$`\\|;&',
      '~',
      '😀',
      'CON',
      `${'d/'.repeat(90)}f`,
    ];
    for (const name of names) {
      await own.files.write(name, name);
      expect(Buffer.from(await own.files.read(name)).toString()).toBe(name);
    }
    const { result } = await own.execute('import os; sorted(os.listdir())[:3]');
    expect(result?.['application/json']).toEqual([' ', '*?[]"\'$`\\|;&', '-rf']);
  });

  it('may end with a slash, and means the same without', async () => {
    const own = await create();
    await own.files.makeDirectory('folder/');
    await own.files.write('folder/a', 'x');
    expect(await own.files.list('folder/')).toMatchObject([{ name: 'folder/a' }]);
  });
});

describe('two files of one request', () => {
  it('cannot have one name', async () => {
    const files = [
      { name: 'a.txt', content: '1' },
      { name: 'b.txt', content: '2' },
      { name: 'a.txt', content: '3' },
    ];
    await expect(sandbox.execute({ code: 'ran = 1', files })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("'a.txt'"),
    });
    const slash = [
      { name: 'a', content: '1' },
      { name: 'a/', content: '2' },
    ];
    await expect(sandbox.execute({ code: 'ran = 1', files: slash })).rejects.toMatchObject(refused);
    expect(await sandbox.files.stat('a.txt')).toBeNull();
    const ran = await collect(sandbox.executions());
    expect(ran.filter(({ kind }) => kind === 'execute')).toEqual([]);
  });

  it('cannot be a file and a folder of one name', async () => {
    const files = [
      { name: 'both', content: '1' },
      { name: 'both/in', content: '2' },
    ];
    await expect(sandbox.execute({ code: 'ran = 1', files })).rejects.toMatchObject(refused);
    expect(await sandbox.variables()).toEqual([]);
  });
});
