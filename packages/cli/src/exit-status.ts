/** What the process's exit status says. README and every `--help` show these sentences. */

export const EXIT = {
  ok: 0,
  codeFailed: 1,
  usage: 2,
  isolation: 3,
  notFound: 4,
  timeout: 124,
  hostFailure: 125,
  hangUp: 129,
  interrupted: 130,
  crashed: 134,
  limit: 137,
  pipeClosed: 141,
  terminated: 143,
} as const;

export type ExitName = keyof typeof EXIT;

/** As of timeout(1) for 124, docker run for 125, and a shell (128 + signal) for the others. */
export const EXIT_MEANINGS: Readonly<Record<ExitName, string>> = {
  ok: 'it was done',
  codeFailed: 'the code raised an exception, or left with sys.exit() of anything but 0',
  usage: 'the command line, or a value in it, is wrong; nothing ran',
  isolation: 'this machine does not reach the isolation that is asked for',
  notFound: 'there is no such sandbox',
  timeout: 'the code took longer than its time and was ended',
  hostFailure: 'Belljar could not do it: no Python, a full disk, a file that was not saved',
  hangUp: 'the terminal went away (SIGHUP); the code was ended',
  interrupted: 'Ctrl-C (SIGINT); the code was ended',
  crashed: 'the interpreter crashed',
  limit: 'the code ran out of memory or over another limit and was ended',
  pipeClosed: 'who read the output went away; the code was ended',
  terminated: 'SIGTERM; the code was ended',
};

/** Lines for the help of a command. */
export function exitStatusHelp(names: readonly ExitName[]): string {
  const lines = names.map((name) => `  ${String(EXIT[name]).padStart(3)}  ${EXIT_MEANINGS[name]}`);
  return `\nExit status:\n${lines.join('\n')}`;
}
