/** Two processes: the first answers two questions and is killed, the other goes on where it was. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseModel } from '@belljar/example-shared/model-choice';
import { createTranscript } from '@belljar/example-shared/transcript';

const transcript = createTranscript(process.stdout);
transcript.fact('model', chooseModel(process.env).label);

const program = fileURLToPath(new URL('./answer-questions.js', import.meta.url));
const state = await mkdtemp(join(tmpdir(), 'belljar-langchain-'));

/** Resolves to how it ended: an exit code, or the signal that killed it. */
async function answer(first: number, last: number): Promise<unknown> {
  const args = [program, state, String(first), String(last)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

try {
  if ((await answer(1, 2)) !== 'SIGKILL') throw new Error('The first process failed.');
  transcript.fact('process', 'killed (kill -9), with all that it had in memory');
  if ((await answer(3, 3)) !== 0) throw new Error('The second process failed.');
} finally {
  await rm(state, { recursive: true, force: true });
}
transcript.check(
  true,
  'three answers are right, the last from the memory of a process that was killed',
);
