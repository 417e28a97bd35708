/** Help, versions and wrong command lines: what a newcomer meets first. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT, EXIT_MEANINGS } from '../../packages/cli/src/exit-status.js';
import { useCli } from '../helpers/cli.js';
import { repositoryRoot } from '../helpers/source-files.js';

const cli = useCli();
const commands = [
  ...['run', 'doctor', 'python setup'],
  ...[
    'create',
    'list',
    'get',
    'execute',
    'executions',
    'fork',
    'rollback',
    'snapshot',
    'snapshots',
  ],
  ...['stop', 'start', 'export', 'import', 'delete', 'verify'],
];

describe('belljar --help', () => {
  it('names every command, every exit status, and starts no engine', async () => {
    const { status, stdout, stderr } = await cli.run(['--help'], {
      // Node writes what it loads; the engine is not among it.
      env: { NODE_DEBUG: 'esm,module' },
    });
    expect(status).toBe(0);
    for (const command of commands) expect(stdout).toContain(`\n  ${command.split(' ')[0]} `);
    for (const meaning of Object.values(EXIT_MEANINGS)) expect(stdout).toContain(meaning);
    expect(stderr).toContain('packages/cli');
    expect(stderr).not.toContain('packages/core');
  });

  it.for(commands)('has examples and exit statuses for %s', async (command) => {
    const { status, stdout, stderr } = await cli.run([...command.split(' '), '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  \\$ .*belljar ${command}`));
    expect(stdout).toContain('Exit status:');
    const long = stdout.split('\n').filter((line) => line.length > 100);
    expect(long).toEqual([]);
  });

  it('has the package’s version', async () => {
    const { version } = JSON.parse(
      readFileSync(join(repositoryRoot, 'packages/cli/package.json'), 'utf8'),
    );
    expect(await cli.run(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a wrong command line', () => {
  it.for([
    [['rnu'], 'Did you mean run?'],
    [['run', 'x.py', '--tiemout', '1s'], 'Did you mean --timeout?'],
    [['run'], "missing required argument 'file'"],
    [['run', 'a.py', 'b.py'], 'too many arguments'],
    [['create', '--label', 'team'], 'team=a'],
    [['create', '--ttl', '14'], '60s'],
    [['list', '--state', 'asleep'], 'Allowed choices are running'],
    [['run', '-', '--no-save', '--overwrite'], 'cannot be used with'],
    [['run', '\u001b]0;x\u0007.py'], '\\x1b]0;x'],
  ] as const)('%j ends with 2 and one sentence', async ([args, part]) => {
    const { status, stdout, stderr } = await cli.run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^belljar: USAGE: [^\n]+\n$/);
    expect(stderr).not.toContain('\u001b');
    expect(stderr).toContain(part);
  });

  it('without a command shows the help on stderr', async () => {
    const { status, stdout, stderr } = await cli.run([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('Commands:');
  });

  it('shows the cause with BELLJAR_DEBUG', async () => {
    const { stderr } = await cli.run(['run', 'no.py'], { env: { BELLJAR_DEBUG: '1' } });
    expect(stderr).toMatch(/belljar: .*at .*source\.js/);
    expect(stderr).toContain('ENOENT');
  });
});

describe('packages/cli/README.md', () => {
  it('has every exit status with its meaning', () => {
    const text = readFileSync(join(repositoryRoot, 'packages/cli/README.md'), 'utf8');
    for (const [name, meaning] of Object.entries(EXIT_MEANINGS)) {
      expect(text).toContain(`| ${EXIT[name as keyof typeof EXIT]} | ${meaning} |`);
    }
  });
});
