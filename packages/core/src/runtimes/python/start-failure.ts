/** Why the Python side did not start, or went: an error with a code and what to do next. */
import { BelljarError } from '../../errors.js';

const FAILURE_LINE = /^belljar-failed:(.*)$/m;
/** The machine's or this process's own limits. */
const EXHAUSTED = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'];
const NO_PYTHON = 'Install python3 (3.9 or newer), or set BELLJAR_PYTHON or python.interpreter.';

interface Ending {
  error?: Error | undefined;
  code?: number | null | undefined;
  signal?: string | null | undefined;
  stderr: string;
}

function jailRefused(text: string): BelljarError {
  return new BelljarError(
    'ISOLATION_UNAVAILABLE',
    `The jail cannot be set up on this machine: ${text}.`,
    {
      suggestion:
        'Unprivileged user namespaces are needed: on Ubuntu an AppArmor profile or ' +
        '`sysctl kernel.apparmor_restrict_unprivileged_userns=0`, in a container ' +
        '`--security-opt seccomp=unconfined` or a profile that allows unshare and mount. ' +
        '`engine.doctor()` names each layer that is missing here and its fix.',
      details: { reason: text },
    },
  );
}

function hidden(interpreter: string, text: string): BelljarError {
  return new BelljarError(
    'RUNTIME_UNAVAILABLE',
    `Python at '${interpreter}' cannot be seen from a sandbox: ${text}.`,
    { suggestion: 'Use one that is elsewhere, or set XDG_CACHE_HOME to a folder elsewhere.' },
  );
}

function exhausted(cause: Error): BelljarError {
  return new BelljarError('ENGINE_BUSY', `Python cannot be started now: ${cause.message}.`, {
    suggestion: 'Close files or end processes, or raise the limits on them (ulimit -n, ulimit -u).',
    cause,
  });
}

export function explainStartFailure(interpreter: string, ending: Ending): BelljarError {
  if (ending.error) {
    const { code = '' } = ending.error as NodeJS.ErrnoException;
    if (EXHAUSTED.includes(code)) return exhausted(ending.error);
    const missing = code === 'ENOENT';
    return new BelljarError(
      'RUNTIME_UNAVAILABLE',
      missing
        ? `There is no Python at '${interpreter}'.`
        : `Python at '${interpreter}' cannot be started: ${ending.error.message}.`,
      { suggestion: NO_PYTHON, cause: ending.error },
    );
  }
  const line = FAILURE_LINE.exec(ending.stderr)?.[1];
  if (line !== undefined) {
    const { error, kind } = JSON.parse(line) as { error: string; kind: string };
    return kind === 'InterpreterHidden' ? hidden(interpreter, error) : jailRefused(error);
  }
  const how = ending.signal ? `by ${ending.signal}` : `with code ${ending.code}`;
  const said = ending.stderr.trim().split('\n').at(-1) ?? '';
  return new BelljarError(
    'RUNTIME_UNAVAILABLE',
    `Python at '${interpreter}' ended ${how}${said ? `: ${said}` : ''}.`,
    { suggestion: NO_PYTHON, details: { stderr: ending.stderr } },
  );
}
