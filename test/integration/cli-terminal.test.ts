/** On a terminal: hostile output is shown and not obeyed, and no colours where none are wanted. */
import { describe, expect, it } from 'vitest';
import { useCli } from '../helpers/cli.js';

const cli = useCli();
const ESCAPE = '\u001b';

const hostile = `
import sys
print("\\x1b]52;c;aGk=\\x07 \\x1b[2J \\x9b2J \\x1b[31mred\\x1b[0m", flush=True)
print("\\x1b", end="", flush=True)
print("]0;title\\x07", flush=True)
print("\\x1b]8;;http://x\\x07", file=sys.stderr, flush=True)
raise ValueError("\\x1b[6n")`;

describe('a terminal', () => {
  it('is sent colours and no other sequence of the code', async () => {
    cli.write('hostile.py', hostile);
    const { stdout } = await cli.run(['run', 'hostile.py'], { terminal: true });
    expect(stdout).toContain('\\x1b]52;c;aGk=\\x07 \\x1b[2J \\x9b2J');
    expect(stdout).toContain('\\x1b]0;title\\x07');
    expect(stdout).toContain('\\x1b]8;;http://x\\x07');
    expect(stdout).toContain('ValueError: \\x1b[6n');
    expect(stdout).toContain(`${ESCAPE}[31mred`);
    for (const after of stdout.split(ESCAPE).slice(1)) expect(after).toMatch(/^\[\d*m/);
  });

  it('is sent no colours either with NO_COLOR', async () => {
    const options = { terminal: true, env: { NO_COLOR: '1' } };
    expect((await cli.run(['run', 'hostile.py'], options)).stdout).not.toContain(ESCAPE);
    expect((await cli.run(['get', 'x'], options)).stdout).not.toContain(ESCAPE);
  });

  it('gets tables from list, a pipe gets JSON, and --json and --table say otherwise', async () => {
    expect((await cli.run(['list'], { terminal: true })).stdout).toContain('there are none');
    expect(JSON.parse((await cli.run(['list'])).stdout)).toEqual({ sandboxes: [] });
    expect((await cli.run(['list', '--table'])).stderr).toContain('there are none');
    expect((await cli.run(['list', '--json'], { terminal: true })).stdout).toContain('"sandboxes"');
  });
});
