/** The built command line, started as a user starts it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { repositoryRoot } from './source-files.js';
import { expectNothingLeft } from './test-engine.js';

const binary = join(repositoryRoot, 'node_modules/.bin/belljar');

/** Copies between our pipes and a terminal of its own in which the command runs. */
const IN_TERMINAL = `
import os, pty, sys
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))`;

export interface CliOptions {
  input?: string | Buffer;
  env?: NodeJS.ProcessEnv;
  /** Default: the test file's own folder. */
  cwd?: string;
  /** In a terminal: stdout has all that it shows. */
  terminal?: boolean;
}

export interface CliResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCli {
  child: ChildProcessWithoutNullStreams;
  /** Resolves when stdout has this text. */
  shown(text: string): Promise<void>;
  /** A signal to all processes of its group, as a terminal sends Ctrl-C. */
  signalGroup(name: NodeJS.Signals): void;
  result: Promise<CliResult>;
}

export interface Cli {
  /** A folder for the test file: the current one of the commands. */
  folder: string;
  write(name: string, content: string | Buffer): string;
  start(args: readonly string[], options?: CliOptions): RunningCli;
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
}

/** A folder and a TMPDIR for a test file; afterwards no process and no file may be left. */
export function useCli(): Cli {
  const folder = mkdtempSync('/tmp/bjc-');
  const temporary = join(folder, 'tmp');
  const before = process.env.TMPDIR;
  mkdirSync(temporary);
  process.env.TMPDIR = temporary;
  afterAll(async () => {
    await expectNothingLeft();
    rmSync(folder, { recursive: true, force: true });
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  });
  const start = (args: readonly string[], options: CliOptions = {}): RunningCli =>
    startCli(args, { cwd: folder, ...options, env: { TMPDIR: temporary, ...options.env } });
  return {
    folder,
    write: (name, content) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
      return name;
    },
    start,
    run: (args, options) => {
      const running = start(args, options);
      running.child.stdin.end(options?.input ?? '');
      return running.result;
    },
  };
}

function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const { NO_COLOR: _1, FORCE_COLOR: _2, BELLJAR_DEBUG: _3, ...inherited } = process.env;
  const path = [dirname(process.execPath), inherited.PATH].join(delimiter);
  const [command, ...before] = options.terminal ? ['python3', '-c', IN_TERMINAL, binary] : [binary];
  const child = spawn(command ?? '', [...before, ...args], {
    cwd: options.cwd,
    env: { ...inherited, PATH: path, ...options.env },
    detached: true,
  });
  const texts = { stdout: '', stderr: '' };
  let waiting: (() => void)[] = [];
  const more = (): void => {
    for (const look of waiting) look();
  };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
      more();
    });
  }
  child.stdin.on('error', () => {}); // it may end without reading all
  const { promise, resolve, reject } = Promise.withResolvers<CliResult>();
  child.on('error', reject);
  child.on('close', (status) => resolve({ status, ...texts }));
  const shown = (text: string): Promise<void> =>
    new Promise((found, failed) => {
      const look = (): void => {
        if (!texts.stdout.includes(text)) return;
        waiting = waiting.filter((one) => one !== look);
        found();
      };
      waiting.push(look);
      void promise.then(() => failed(new Error(`it ended: ${JSON.stringify(texts)}`)));
      look();
    });
  const signalGroup = (name: NodeJS.Signals): void => void process.kill(-(child.pid ?? 0), name);
  return { child, shown, signalGroup, result: promise };
}
