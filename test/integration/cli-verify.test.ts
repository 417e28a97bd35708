/** `belljar verify`: a log that is whole, and ones that are not. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';

const cli = useCli();
const verify = async (directory: string, ...args: string[]) => {
  const ended = await cli.run(['verify', '--directory', directory, ...args]);
  return { ...ended, verdict: ended.stdout === '' ? undefined : JSON.parse(ended.stdout) };
};
const copy = (from: string, to: string): void =>
  cpSync(join(cli.folder, from), join(cli.folder, to), { recursive: true });

describe('belljar verify', () => {
  it('finds a log whole and prints its head, which a later log still has', async () => {
    await cli.run(['create', '--directory', 'kept']);
    const before = await verify('kept');
    expect(before).toMatchObject({ status: 0, stderr: '', verdict: { ok: true } });
    expect(before.verdict.head).toMatch(/^\d+:[0-9a-f]{64}$/);
    await cli.run(['create', '--directory', 'kept']);
    const after = await verify('kept', '--head', before.verdict.head);
    expect(after).toMatchObject({ status: 0, verdict: { ok: true } });
    expect(after.verdict.lines).toBeGreaterThan(before.verdict.lines);
    const { stdout } = await cli.run(['verify', '--directory', 'kept', '--table']);
    expect(stdout).toContain(`${after.verdict.lines} lines. Its head is\n${after.verdict.head}\n`);
  });

  it('tells an older copy by a head that was kept elsewhere, and only by that', async () => {
    await cli.run(['create', '--directory', 'now']);
    copy('now', 'older');
    await cli.run(['create', '--directory', 'now']);
    const { head } = (await verify('now')).verdict;
    expect(await verify('older')).toMatchObject({ status: 0, verdict: { ok: true } });
    expect(await verify('older', '--head', head)).toMatchObject({
      status: 125,
      stderr: expect.stringMatching(/^belljar: STORE_CORRUPT: .*it ends at line \d+.*\n$/),
      verdict: { ok: false },
    });
  });

  it('finds a line that was taken out', async () => {
    await cli.run(['create', '--directory', 'whole']);
    await cli.run(['create', '--directory', 'whole']);
    copy('whole', 'cut');
    const database = new DatabaseSync(join(cli.folder, 'cut/belljar.db'));
    database.exec('DELETE FROM audit WHERE sequence = 1');
    database.close();
    expect(await verify('whole')).toMatchObject({ status: 0 });
    expect(await verify('cut')).toMatchObject({
      status: 125,
      verdict: { ok: false, reason: 'line 1 is missing' },
    });
  });

  it('makes no directory where there is none, and takes no head of another form', async () => {
    expect(await verify('nowhere')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining("No sandboxes are kept in 'nowhere'."),
    });
    expect(await verify('kept', '--head', '12:ab')).toMatchObject({ status: 2 });
  });
});
