/** What the file tools of every adapter do, and the 100 MB rule. */
import { FILES_LIMIT_BYTES } from '@belljar/core';
import { describe, expect, it } from 'vitest';
import type { Call, ToolName, ToolOutcome } from './adapter-contract.js';

const MIB = 1_048_576;

export function describeAdapterFiles(name: string, call: Call, newKey: () => string): void {
  /** Calls of the file tools in a conversation of their own. */
  const conversation = () => {
    const key = newKey();
    const run = (code: string): Promise<ToolOutcome> => call(key, code);
    const use = async (tool: ToolName, input: unknown) => (await call(key, input, { tool })).text;
    return { run, use };
  };

  describe(`${name} gives file tools`, () => {
    it('write a file that code reads, and read and list what code wrote', async () => {
      const { run, use } = conversation();
      expect(await use('write_file', { path: 'in/a.txt', content: 'día\n' })).toBe(
        'files: in/a.txt (created, 5 bytes)',
      );
      expect((await run('open("in/a.txt").read()')).text).toContain("'día\\n'");
      await run('open("b.txt", "w").write("one\\ntwo\\nthree")');
      expect(await use('read_file', { path: './b.txt', offset: '2', limit: 1 })).toBe(
        'two\n[lines 2 to 2 of 3; call again with offset 3 for more]',
      );
      expect(await use('list_files', {})).toBe('b.txt (13 bytes)\nin/\n2 in all.');
      expect(await use('list_files', { path: 'in' })).toContain('in/a.txt (5 bytes)');
    });

    it.each([
      ['read_file', { path: 'nowhere.txt' }, "There is no file 'nowhere.txt'"],
      ['read_file', {}, 'The field path must be a string.'],
      ['read_file', { path: '../../etc/passwd' }, "has a '..' segment"],
      ['read_file', { path: '/etc/passwd' }, 'is absolute'],
      ['write_file', { path: 'a.txt' }, 'The field content must be a string.'],
      ['write_file', { path: 'a.txt', content: 7 }, 'The field content must be a string.'],
      ['list_files', { path: 'nowhere' }, 'nowhere'],
    ] as const)('answer a wrong %s of %o with what is wrong', async (tool, input, words) => {
      const text = await conversation().use(tool, input);
      expect(text).toMatch(/^status: refused\nNothing was done. /);
      expect(text).toContain(words);
    });

    it('take a file of 99 MB, and refuse one of 101 MB with the limit', {
      timeout: 120_000,
    }, async () => {
      const { run, use } = conversation();
      const limit = FILES_LIMIT_BYTES.toLocaleString('en-US');
      const line = `${'x'.repeat(1_023)}\n`;
      const write = (path: string, mib: number) =>
        use('write_file', { path, content: line.repeat(mib * 1_024) });
      expect(await write('most.txt', 99)).toBe('files: most.txt (created, 103.8 MB)');
      expect(await write('more.txt', 101)).toContain(`takes ${limit} at most`);
      expect(await use('read_file', { path: 'most.txt', offset: 101_376 })).toMatch(
        /^x+\n\[lines 101,376 to 101,376 of 101,376\]$/,
      );
      const grown = await run(`
import os
size, names = os.path.getsize("most.txt"), os.listdir()
with open("most.txt", "ab") as file: file.write(bytes(${2 * MIB}))
size, names`);
      expect(grown.text).toContain(`(${99 * MIB}, ['most.txt'])`);
      expect(grown.text).toContain('files: most.txt (changed, 105.9 MB, too large to hand over');
      expect(await use('read_file', { path: 'most.txt' })).toContain(`takes ${limit} at most`);
    });
  });
}
