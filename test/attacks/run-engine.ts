/** An engine in a Node of its own: to be killed, or to be started under other conditions. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const testFolder = fileURLToPath(new URL('..', import.meta.url));

export type EngineProcess = ChildProcessByStdio<null, Readable, Readable>;

/** `prefix`: a command that runs another one, given as its last arguments. */
export function startEngine(program: string, prefix: readonly string[] = []): EngineProcess {
  const node = [process.execPath, '--input-type=module', '--eval', program];
  const [command = '', ...rest] = [...prefix, ...node];
  return spawn(command, rest, { cwd: testFolder, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs a program to its end. Its last line of output is JSON. */
export async function runEngine(program: string, prefix?: readonly string[]): Promise<unknown> {
  const engine = startEngine(program, prefix);
  const said: Buffer[] = [];
  const complained: Buffer[] = [];
  engine.stdout.on('data', (data: Buffer) => said.push(data));
  engine.stderr.on('data', (data: Buffer) => complained.push(data));
  await once(engine, 'close');
  const last = Buffer.concat(said).toString().trim().split('\n').at(-1) ?? '';
  if (last === '') throw new Error(Buffer.concat(complained).toString());
  return JSON.parse(last);
}

/** Resolves when the program has printed this line, however long ago. */
export async function line(engine: EngineProcess, wanted: string): Promise<void> {
  let complaint = '';
  engine.stderr.on('data', (data: Buffer) => {
    complaint += data.toString();
  });
  const seen = linesOf(engine);
  while (!seen.includes(wanted)) {
    if (engine.stdout.readableEnded) throw new Error(`the engine ended: ${complaint}`);
    await Promise.race([once(engine.stdout, 'data'), once(engine.stdout, 'end')]);
  }
}

/** A line that was printed before one that was waited for. */
export function lineThat(engine: EngineProcess, pattern: RegExp): string {
  const found = linesOf(engine).find((one) => pattern.test(one));
  if (found === undefined) throw new Error(`nothing that was printed is like ${pattern}`);
  return found;
}

const printed = new WeakMap<EngineProcess, string[]>();

function linesOf(engine: EngineProcess): string[] {
  const known = printed.get(engine);
  if (known) return known;
  const lines: string[] = [];
  printed.set(engine, lines);
  let rest = '';
  engine.stdout.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  return lines;
}
