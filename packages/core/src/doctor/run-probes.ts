/**
 * Boundary: starts the probes of `belljar_runtime/doctor` and reads what they say.
 *
 * The interpreter may be anything that a user named: its answer is one line of JSON of a known shape
 * and a bounded size, or it is no answer.
 */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { PYTHON_FOLDER } from '../python-folder.js';

const PROBES = fileURLToPath(new URL('belljar_runtime/doctor', PYTHON_FOLDER));
const MOST_BYTES = 1024 * 1024;
/** A hundred times what it takes. */
const PATIENCE_MS = 30_000;

const layerAnswer = z.object({
  ok: z.boolean(),
  errno: z.number().int().nullish(),
  message: z.string().max(2_000).optional(),
  kind: z.string().max(100).optional(),
  /** The layer without which this one could not be tried. */
  needs: z.string().max(100).optional(),
});

const answer = z.object({
  implementation: z.string().max(100),
  version: z.string().max(100),
  executable: z.string().max(4_096),
  /** Why the interpreter cannot import what Belljar needs. */
  incomplete: z.string().max(2_000).optional(),
  layers: z.record(z.string().max(100), layerAnswer).optional(),
  packages: z.array(z.string().max(300)).optional(),
  /** A part of root's interpreter that other user ids, as sandboxes have at `confined`, cannot get to. */
  closedToOthers: z.string().max(4_096).nullish(),
  /** What level `confined` would not hold in full on this kernel. */
  weakenedWhenConfined: z
    .array(z.object({ promise: z.string().max(100), reason: z.string().max(500) }))
    .max(50)
    .optional(),
});

export type LayerAnswer = z.infer<typeof layerAnswer>;
export type ProbeAnswer = z.infer<typeof answer>;

/** The answer, or in a sentence's end why there is none. */
export async function runProbes(
  interpreter: string,
  patienceMs = PATIENCE_MS,
): Promise<ProbeAnswer | string> {
  const child = spawn(interpreter, ['-s', '-B', PROBES], {
    cwd: '/',
    env: {
      HOME: '/',
      LANG: 'C.UTF-8',
      PATH: '/usr/local/bin:/usr/bin:/bin',
      TMPDIR: tmpdir(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patienceMs,
    killSignal: 'SIGKILL',
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said.out += chunk;
    if (said.out.length > MOST_BYTES) child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said.err = (said.err + chunk).slice(-2_000);
  });
  const { promise: failed, resolve } = Promise.withResolvers<string | undefined>();
  child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
  // What it may have started holds its output open: when it was killed, nobody waits for that.
  child.once('exit', (_, signal) => signal && resolve(`was ended by ${signal}`));
  child.once('close', (code) => resolve(code === 0 ? undefined : `ended with code ${code}`));
  const failure = await failed;
  child.stdout.destroy();
  child.stderr.destroy();
  return failure === undefined ? parse(said.out, said.err) : failure + lastLine(said.err);
}

function parse(text: string, complaint: string): ProbeAnswer | string {
  try {
    return answer.parse(JSON.parse(text.trim().split('\n').at(-1) ?? ''));
  } catch {
    return `does not answer as a Python${lastLine(complaint)}`;
  }
}

function lastLine(text: string): string {
  const last = text.trim().split('\n').at(-1);
  return last ? `: ${last}` : '';
}
