/** `create`, `list`, `get`, `delete`: each a process of its own, over one directory. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';
import { requires } from '../helpers/requires.js';

const cli = useCli();

const withDirectory = await requires('a directory that keeps sandboxes', async () => {
  const { stdout } = await cli.run(['create', '--directory', 'probe']);
  const { status } = await cli.run(['get', stdout.trim(), '--directory', 'probe']);
  return status === 0 || 'what one process creates, another does not find: it is not built yet';
});

async function create(...args: string[]): Promise<string> {
  const { status, stdout } = await cli.run(['create', ...args]);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^[\w-]{8,}\n$/);
  return stdout.trim();
}

const idsOf = (json: string): string[] =>
  (JSON.parse(json) as { sandboxes: { id: string }[] }).sandboxes.map(({ id }) => id).sort();

describe('sandboxes that are kept', () => {
  it('are kept in .belljar of the current folder', async () => {
    await cli.run(['list']);
    expect(existsSync(join(cli.folder, '.belljar'))).toBe(true);
  });

  it('give 4 and a sentence for an id that is not there', async () => {
    for (const command of ['get', 'delete']) {
      expect(await cli.run([command, 'no-such-id'])).toMatchObject({
        status: 4,
        stdout: '',
        stderr: expect.stringContaining('SANDBOX_NOT_FOUND: '),
      });
    }
  });

  withDirectory('are created by one process, listed and shown by others, and deleted', async () => {
    const id = await create(
      ...['--display-name', 'report \u001b[2J', '--label', 'team=a', '--label', 'kind=x=y'],
      ...['--ttl', '2d', '--memory', '512MiB'],
    );
    const { stdout } = await cli.run(['get', id]);
    const info = JSON.parse(stdout);
    expect(info).toMatchObject({
      id,
      displayName: 'report \u001b[2J',
      labels: { team: 'a', kind: 'x=y' },
      language: 'python',
      limits: { memoryBytes: 512 * 1024 * 1024 },
    });
    expect(Date.parse(info.expireTime) - Date.parse(info.createTime)).toBe(2 * 86_400_000);
    const table = await cli.run(['list', '--table']);
    expect(table.stdout).toMatch(new RegExp(`${id} .*report \\\\x1b\\[2J  .*team=a`));
    expect(await cli.run(['delete', id])).toMatchObject({ status: 0, stdout: '' });
    expect(await cli.run(['get', id])).toMatchObject({ status: 4 });
  });

  withDirectory('are filtered by label, language and owner, and come in pages', async () => {
    const at = ['--directory', 'filtered'];
    const first = await create(...at, '--label', 'team=a');
    const second = await create(...at, '--label', 'team=b', '--label', 'x=1');
    const other = await create(...at, '--owner', 'bob', '--label', 'team=a');
    const list = async (...args: string[]): Promise<string> =>
      (await cli.run(['list', ...at, ...args])).stdout;
    expect(idsOf(await list())).toEqual([first, second, other].sort());
    expect(idsOf(await list('--label', 'team=a'))).toEqual([first, other].sort());
    expect(idsOf(await list('--label', 'team=b', '--label', 'x=1'))).toEqual([second]);
    expect(idsOf(await list('--owner', 'bob'))).toEqual([other]);
    expect(idsOf(await list('--language', 'javascript'))).toEqual([]);

    const page = JSON.parse(await list('--page-size', '2'));
    expect(page.sandboxes).toHaveLength(2);
    const rest = JSON.parse(await list('--page-size', '2', '--page-token', page.nextPageToken));
    expect(idsOf(JSON.stringify({ sandboxes: [...page.sandboxes, ...rest.sandboxes] }))).toEqual(
      [first, second, other].sort(),
    );
  });

  withDirectory('of a location run with its name only', async () => {
    const at = ['--directory', 'located', '--no-save'];
    const id = await create('--directory', 'located', '--location', 'eu');
    const elsewhere = await cli.run(['execute', id, '-', ...at], { input: '1' });
    expect(elsewhere).toMatchObject({ stdout: '', stderr: expect.stringContaining("'eu'") });
    const here = await cli.run(['execute', id, '-', ...at, '--location', 'eu'], { input: '1' });
    expect(here).toMatchObject({ status: 0, stdout: '1\n' });
  });

  withDirectory('of an owner are nobody else’s', async () => {
    const id = await create('--owner', 'bob');
    expect(await cli.run(['get', id, '--owner', 'eve'])).toMatchObject({ status: 4 });
    expect(await cli.run(['delete', id, '--owner', 'eve'])).toMatchObject({ status: 4 });
    expect(await cli.run(['delete', id, '--owner', 'bob'])).toMatchObject({ status: 0 });
  });
});
