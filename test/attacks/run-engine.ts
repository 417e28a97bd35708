/** An engine in a Node of its own: to be killed, or to be started under other conditions. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
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

/** Resolves when the program has printed this line. */
export async function line(engine: EngineProcess, wanted: string): Promise<void> {
  const lines = createInterface({ input: engine.stdout });
  for await (const text of lines) {
    if (text === wanted) return;
  }
  const complained: Buffer[] = [];
  for await (const data of engine.stderr) complained.push(data as Buffer);
  throw new Error(`the engine ended: ${Buffer.concat(complained).toString()}`);
}
