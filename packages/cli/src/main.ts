/** One command from its arguments to the process's exit status. */
import { CommanderError } from 'commander';
import { EXIT } from './exit-status.js';
import { reportFailure, usageFailure } from './failure.js';
import { createProgram } from './program.js';

/** Sets `process.exitCode`; the process ends by itself when all output is written. */
export async function main(args: readonly string[]): Promise<void> {
  endQuietlyOnClosedPipe();
  const json = args.includes('--json');
  try {
    // An action says its exit status by what it sets; most end well.
    process.exitCode = EXIT.ok;
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) process.exitCode = reportFailure(error, json);
    else if (error.exitCode === 0) process.exitCode = EXIT.ok;
    else if (error.code === 'commander.help') process.exitCode = EXIT.usage;
    else process.exitCode = reportFailure(usageFailure(error.message), json);
  }
}

/** `belljar list | head -1`: who read the output has gone, and nobody is left to tell. */
function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exitCode = EXIT.pipeClosed;
    });
  }
}
