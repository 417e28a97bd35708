/** `export`, `import`: a sandbox on its way to another directory. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';
import { repositoryRoot } from '../helpers/source-files.js';

const cli = useCli();
const execute = async (id: string, input: string, ...args: string[]): Promise<string> =>
  (await cli.run(['execute', id, '-', ...args], { input })).stdout;
const file = (name: string): string => join(cli.folder, name);

/** The id of a new sandbox in which x is 1. */
async function create(...args: string[]): Promise<string> {
  const id = (await cli.run(['create', ...args])).stdout.trim();
  await execute(id, 'x = 1\nopen("kept.txt", "w").write("kept")', '--no-save', ...args);
  return id;
}

describe('an export', () => {
  const to = ['--directory', 'elsewhere'];

  it('goes by a file, for its owner only, into another directory', async () => {
    const id = await create();
    expect(await cli.run(['export', id, 'out.belljar'])).toMatchObject({ status: 0, stdout: '' });
    expect(statSync(file('out.belljar')).mode & 0o777).toBe(0o600);
    expect(readFileSync(file('out.belljar')).includes('kept.txt')).toBe(false);
    const again = await cli.run(['export', id, 'out.belljar']);
    expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('--overwrite') });
    expect(await cli.run(['export', id, 'out.belljar', '--overwrite'])).toMatchObject({
      status: 0,
    });

    const { stdout } = await cli.run(['import', 'out.belljar', ...to]);
    const imported = stdout.trim();
    expect(await execute(imported, 'x, open("kept.txt").read()', ...to)).toBe("(1, 'kept')\n");
    expect(await execute(id, 'x')).toBe('1\n');
  });

  it('goes by a pipe', async () => {
    const id = await create();
    const binary = join(repositoryRoot, 'node_modules/.bin/belljar');
    const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
    const line = `'${binary}' export ${id} | '${binary}' import --directory elsewhere`;
    const options = { cwd: cli.folder, env: { ...process.env, PATH } };
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', line], options);
    expect(await execute(stdout.trim(), 'x', ...to)).toBe('1\n');
  });

  it('that is cut or changed, or has another key, is refused, and nothing of it is left', async () => {
    const id = await create();
    await cli.run(['export', id, 'whole.belljar']);
    const whole = readFileSync(file('whole.belljar'));
    const changed = Buffer.from(whole);
    changed[whole.length >> 1] = (changed[whole.length >> 1] ?? 0) ^ 1;
    cli.write('changed.belljar', changed);
    cli.write('cut.belljar', whole.subarray(0, whole.length - 1));
    cli.write('empty.belljar', '');
    const into = ['--directory', 'refused'];
    for (const name of ['changed', 'cut', 'empty']) {
      const { status, stdout, stderr } = await cli.run(['import', `${name}.belljar`, ...into]);
      expect({ name, status, stdout }).toEqual({ name, status: 125, stdout: '' });
      expect(stderr).toMatch(/^belljar: STORE_CORRUPT: [^\n]+\n$/);
    }
    const env = { XDG_CONFIG_HOME: file('other-config') };
    const other = await cli.run(['import', 'whole.belljar', '--directory', 'keyless'], { env });
    expect(other).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/^belljar: KEY_REFUSED: [^\n]+\n$/),
    });
    expect(JSON.parse((await cli.run(['list', ...into])).stdout)).toEqual({ sandboxes: [] });
    expect(readdirSync(file('refused/blobs'), { recursive: true })).toEqual([]);
    expect((await cli.run(['import', 'whole.belljar', ...into])).status).toBe(0);
  });

  it('is no text for a terminal, and is of a sandbox that is there', async () => {
    const id = await create();
    const { stdout } = await cli.run(['export', id], { terminal: true });
    expect(stdout).toContain('USAGE: An export is no text for a terminal.');
    expect(await cli.run(['export', 'no-such-id', 'none'])).toMatchObject({ status: 4 });
    expect(existsSync(file('none'))).toBe(false);
    expect(await cli.run(['export', id, 'no/such/folder'])).toMatchObject({
      status: 125,
      stderr: "belljar: NOT_SAVED: 'no/such/folder' cannot be written: there is no such folder.\n",
    });
    expect(await cli.run(['import', 'none'])).toMatchObject({ status: 2 });
  });
});
