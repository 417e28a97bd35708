/** `fork`, `rollback`, `snapshot`, `snapshots`, `create --snapshot`: other ways from a state. */
import { describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';

const cli = useCli();
const execute = async (id: string, input: string, ...args: string[]): Promise<string> =>
  (await cli.run(['execute', id, '-', ...args], { input })).stdout;

/** The id of a new sandbox in which x is 1. */
async function create(...args: string[]): Promise<string> {
  const id = (await cli.run(['create', ...args])).stdout.trim();
  await execute(id, 'x = 1\nopen("kept.txt", "w").write("kept")', '--no-save', ...args);
  return id;
}

describe('a snapshot', () => {
  it('is kept, listed, the beginning of new sandboxes, and deleted', async () => {
    const id = await create();
    const { stdout } = await cli.run(['snapshot', id, '--display-name', 'loaded \u001b[2J']);
    const snapshot = stdout.trim();
    await execute(id, 'x = 2');
    expect(JSON.parse((await cli.run(['snapshots'])).stdout)).toMatchObject({
      snapshots: [{ id: snapshot, displayName: 'loaded \u001b[2J' }],
    });
    const table = await cli.run(['snapshots', '--table']);
    expect(table.stdout).toMatch(new RegExp(`\\n${snapshot} .*loaded \\\\x1b\\[2J\\n$`));
    const listed = JSON.parse((await cli.run(['list'])).stdout).sandboxes;
    expect(listed.map((one: { id: string }) => one.id)).toEqual([id]);

    const made = (await cli.run(['create', '--snapshot', snapshot])).stdout.trim();
    expect(await execute(made, 'x, open("kept.txt").read()')).toBe("(1, 'kept')\n");
    expect(await execute(id, 'x')).toBe('2\n');

    expect(await cli.run(['delete', snapshot])).toMatchObject({ status: 0, stdout: '' });
    expect((await cli.run(['create', '--snapshot', snapshot])).status).toBe(4);
    expect(await execute(made, 'x')).toBe('1\n');
  });
});

describe('a fork', () => {
  it('has a name, labels and random numbers of its own, or those of its source', async () => {
    const id = await create();
    await execute(id, 'import random\nrandom.seed(7)');
    const options = ['--display-name', 'what-if', '--label', 'kind=fork', '--json'];
    const made = await cli.run(['fork', id, ...options]);
    const fork = JSON.parse(made.stdout);
    expect(fork).toMatchObject({ displayName: 'what-if', labels: { kind: 'fork' } });
    expect(fork.id).not.toBe(id);
    const same = (await cli.run(['fork', id, '--same-random'])).stdout.trim();
    const draw = (of: string): Promise<string> => execute(of, 'x, random.getrandbits(64)');
    const drawn = await draw(id);
    expect(drawn).toMatch(/^\(1, \d+\)\n$/);
    expect(await draw(same)).toBe(drawn);
    expect(await draw(fork.id)).not.toBe(drawn);
  });
});

describe('a rollback', () => {
  it('puts memory and files back, and marks what came later', async () => {
    const id = await create();
    await execute(id, 'x = 2', '--execution-id', 'two', '--no-save');
    await execute(id, 'x = 3\nopen("kept.txt", "w").write("other")', '--no-save');
    expect(await cli.run(['rollback', id, 'two'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await execute(id, 'x, open("kept.txt").read()')).toBe("(2, 'kept')\n");
    const { stdout } = await cli.run(['executions', id, '--table']);
    expect(stdout.match(/ ok, undone /g)).toHaveLength(1);
    const unknown = await cli.run(['rollback', id, 'no-such-one']);
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('no-such-one') });
  });
});
