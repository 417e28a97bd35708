/**
 * The program of a JavaScript sandbox's process: one isolate, and the orders of its keeper, or of the
 * engine where there is no jail.
 *
 * The code is in the isolate, and an escape from it is assumed: the jail round this process is the
 * boundary. It runs in this process's one thread: whoever orders keeps the clock, and an interrupt ends
 * the process, which is of no use in the middle of an execution.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { EngineChannel } from './engine-channel.js';
import { type ExecuteOrder, type HostChannel, leave, type Order } from './host-channel.js';
import { createIsolateSession, type IsolateSession } from './isolate-session.js';
import { KeeperChannel } from './keeper-channel.js';

/** Of this process's own, beside the isolate. */
const HOST_BYTES = 64 * 1024 * 1024;
const LEAST_ISOLATE_BYTES = 16 * 1024 * 1024;

const settings = process.env;
const [, program = '', , modules] = process.argv;
const channel: HostChannel =
  settings.BELLJAR_CHANNEL === 'engine' ? new EngineChannel() : new KeeperChannel();
let seed = settings.BELLJAR_SEED ?? '';

async function execute(isolate: IsolateSession, order: ExecuteOrder): Promise<void> {
  const { code, number, trace: replay, room, clockMs = Date.now() } = order;
  const { ended, error, ...outcome } = await isolate.execute(
    // Random numbers of its own for each execution, and the same ones when it runs again.
    { code, number, clockMs, seed: `${seed}:${number}`, replay, room },
    {
      stdout: (text) => channel.print('stdout', text),
      stderr: (text) => channel.print('stderr', text),
      display: (bundle) => channel.display(bundle),
    },
  );
  // The isolate cannot go on, and this process is of no use without it.
  if (ended) channel.answer({ status: 'out-of-memory' });
  else channel.answer({ status: error ? 'error' : 'ok', error, ...outcome });
}

async function obey(isolate: IsolateSession, order: Order): Promise<void> {
  if (order.t === 'execute') return execute(isolate, order);
  if (order.t === 'variables') return channel.answer({ variables: await isolate.variables() });
  seed = order.seed ?? seed;
  channel.answer({ lost: [] });
}

async function main(): Promise<never> {
  const memoryBytes = Number(settings.BELLJAR_MEMORY_BYTES);
  const session = await createIsolateSession({
    memoryBytes: Math.max(memoryBytes - HOST_BYTES, LEAST_ISOLATE_BYTES),
    workspaceFolder: process.cwd(),
    modules: modules === undefined ? {} : JSON.parse(readFileSync(modules, 'utf8')),
    guestFolder: dirname(program),
    inPlace: true,
  });
  closeSync(2);
  openSync('/dev/null', 'w'); // the lowest number that is free
  channel.ready();
  for (;;) await obey(session, await channel.receive());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  leave();
});
