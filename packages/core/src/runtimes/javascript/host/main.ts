/**
 * The program of a JavaScript sandbox's process: one isolate, and the orders of its keeper, or of the
 * engine where there is no jail.
 *
 * The code is in the isolate, and an escape from it is assumed: the jail round this process is the
 * boundary. Whoever orders keeps the clock, interrupts, and ends what does not heed it.
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
const LOOK_MS = 50;
/** An isolate whose memory ran out answers by then, or never. */
const DISPOSED_FOR_MS = 250;
const INTERRUPTED = { name: 'Interrupted', message: 'The code was interrupted.' };

const settings = process.env;
const [, program = '', , modules] = process.argv;
let session: IsolateSession | undefined;
let seed = settings.BELLJAR_SEED ?? '';
let hasAnswered = true;

const interrupt = (): void => session?.interrupt();
const channel: HostChannel =
  settings.BELLJAR_CHANNEL === 'engine' ? new EngineChannel(interrupt) : new KeeperChannel();

function answer(content: object): void {
  if (hasAnswered) return;
  hasAnswered = true;
  channel.answer(content);
}

/** The isolate cannot go on, and what it has taken may never be given back. */
function outOfMemory(): void {
  answer({ status: 'out-of-memory' });
  setTimeout(leave, LOOK_MS); // the engine ends this process as soon as it hears of it
}

async function execute(isolate: IsolateSession, order: ExecuteOrder): Promise<void> {
  let disposedAt: number | undefined;
  const watch = setInterval(() => {
    if (!isolate.disposed) return;
    disposedAt ??= performance.now();
    if (performance.now() - disposedAt > DISPOSED_FOR_MS) outOfMemory();
  }, LOOK_MS);
  const { code, trace: replay, room, clockMs = Date.now() } = order;
  try {
    const { ended, error, ...outcome } = await isolate.execute(
      { code, clockMs, seed, replay, room },
      {
        stdout: (text) => channel.print('stdout', text),
        stderr: (text) => channel.print('stderr', text),
        display: (bundle) => channel.display(bundle),
      },
    );
    if (ended === 'out-of-memory' || ended === 'disposed') return outOfMemory();
    const { name, message } = INTERRUPTED;
    const failed = ended ? { ...INTERRUPTED, traceback: `${name}: ${message}` } : error;
    answer({ status: failed ? 'error' : 'ok', error: failed, ...outcome });
  } finally {
    clearInterval(watch);
  }
}

async function obey(isolate: IsolateSession, order: Order): Promise<void> {
  hasAnswered = false;
  if (order.t === 'execute') return execute(isolate, order);
  if (order.t === 'variables') return answer({ variables: await isolate.variables() });
  seed = order.seed ?? seed;
  answer({ lost: [] });
}

async function main(): Promise<never> {
  const memoryBytes = Number(settings.BELLJAR_MEMORY_BYTES);
  session = await createIsolateSession({
    memoryBytes: Math.max(memoryBytes - HOST_BYTES, LEAST_ISOLATE_BYTES),
    workspaceFolder: process.cwd(),
    modules: modules === undefined ? {} : JSON.parse(readFileSync(modules, 'utf8')),
    guestFolder: dirname(program),
    onCatastrophe: outOfMemory,
  });
  closeSync(2);
  openSync('/dev/null', 'w'); // the lowest number that is free
  process.on('SIGINT', interrupt);
  channel.ready();
  for (;;) await obey(session, await channel.receive());
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  leave();
});
