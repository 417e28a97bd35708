// Child processes of the set-up: output captured or passed on, signals handed down, none left behind.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** How long a child may take to end after a signal before it is killed. */
const killAfterMs = 10_000;
/** A terminal sends Ctrl-C to the whole process group; a child that lives on after this gets one. */
const interruptAfterMs = 1_000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {NodeJS.Signals | undefined} */
let received;

/** @param {NodeJS.Signals} signal */
function handDown(signal) {
  received ??= signal;
  const send = () => {
    for (const child of running) child.kill(signal);
  };
  if (signal === 'SIGINT') setTimeout(send, interruptAfterMs).unref();
  else send();
  setTimeout(() => {
    for (const child of running) child.kill('SIGKILL');
  }, killAfterMs).unref();
  if (running.size === 0) process.exit(exitCodeOf(signal));
}

export function handleSignals() {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => handDown(signal));
  }
}

/** @param {NodeJS.Signals} signal */
function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}

/**
 * @typedef {object} Outcome
 * @property {number} code The exit code; 128 + signal number when a signal ended it, 127 if it
 *   could not be started.
 * @property {string} output What it printed, when captured.
 */

/**
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, capture?: boolean }} options
 * @returns {Promise<Outcome>} Never rejects. Ends this process when a signal came in the meantime.
 */
export function run(command, commandArguments, { cwd, env, capture = false }) {
  return new Promise((resolve) => {
    const child = spawn(command, commandArguments, {
      cwd,
      env,
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    });
    running.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    /** @param {Outcome} outcome */
    const finish = (outcome) => {
      running.delete(child);
      if (received !== undefined && running.size === 0) process.exit(exitCodeOf(received));
      resolve(outcome);
    };
    child.on('error', (error) => finish({ code: 127, output: error.message }));
    child.on('close', (code, signal) => {
      finish({ code: code ?? (signal === null ? 1 : exitCodeOf(signal)), output });
    });
  });
}
