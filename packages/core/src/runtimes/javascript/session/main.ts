/**
 * The program of a sandbox's process at level `process`: takes orders, runs code, says what came.
 *
 * Hostile from the first line of the code on: the engine believes nothing of what it says.
 */

import { HELPERS } from '../host/rewrite.js';
import { listen, send } from './channel.js';
import { createConsole } from './console.js';
import { ownStacks } from './errors.js';
import { constant } from './evaluate.js';
import { installGlobals } from './globals.js';
import { createRequire, namespaceOf, shutLoader } from './modules.js';
import { processObject } from './process-object.js';
import { Quota } from './quota.js';
import { type Order, Session } from './session.js';
import { Timers, timerFunctions } from './timers.js';
import { describe, describePlain, rawBundle } from './values.js';
import { Work } from './work.js';
import { createWorkspaceFs } from './workspace-fs.js';

const work = new Work();
const quota = new Quota();
const timers = new Timers(work);
const session = new Session(send, { timers, work, quota });
const load = createRequire(createWorkspaceFs(quota, work));

/** Shows values in order with what is printed. With `raw`, they are MIME bundles themselves. */
function display(...values: unknown[]): unknown {
  const last = values.at(-1) as { raw?: unknown } | null | undefined;
  const raw = values.length > 1 && typeof last === 'object' && last?.raw === true;
  const shown = raw ? values.slice(0, -1) : values;
  for (const value of shown) {
    const isOwn = typeof (value as Record<symbol, unknown> | null)?.[DISPLAY] === 'function';
    if (isOwn && !raw) return work.track(showOwn(shown));
  }
  for (const value of shown) show(raw ? rawBundle(value) : describePlain(value));
  return undefined;
}

const DISPLAY = Symbol.for('Jupyter.display');

function show({ bundle, cut }: ReturnType<typeof rawBundle>): void {
  session.noteCut(cut);
  session.show(bundle);
}

async function showOwn(values: unknown[]): Promise<void> {
  for (const value of values) show(await describe(value));
}

process.on('uncaughtException', (error) => session.uncaught(error));
process.on('unhandledRejection', (reason) => session.uncaught(reason));
// Ends the script that runs, where one runs; otherwise the order to stop says it too.
process.on('SIGINT', () => {});

ownStacks(session.sources);
shutLoader();
session.initialNames = installGlobals({
  ...timerFunctions(timers),
  console: createConsole(session),
  display,
  fs: load('fs'),
  process: processObject(
    (text) => session.print('stdout', text),
    (text) => session.print('stderr', text),
  ),
  require: load,
  [HELPERS]: Object.freeze({
    constant,
    load: async (name: unknown) => namespaceOf(load(name)),
    take: (name: unknown, wanted: string[]) => {
      const module = namespaceOf(load(name));
      return wanted.map((one) => (one === '*' ? module : module[one]));
    },
  }),
});
listen((order, payload) => session.hear(order as Order, payload));
send({ t: 'ready' });
