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

const NAMESPACES =
  'Unprivileged user namespaces are needed: on Ubuntu an AppArmor profile or ' +
  '`sysctl kernel.apparmor_restrict_unprivileged_userns=0`, in a container ' +
  '`--security-opt seccomp=unconfined` or a profile that allows unshare and mount; or allow ' +
  "minimumIsolation: 'confined'.";
const ASK_DOCTOR = '`engine.doctor()` names each layer that is missing here and its fix.';

/** What gives a layer back, by the layer's name; namespaces for those that need them. */
const FIXES: Record<string, string> = {
  landlock:
    'Where there are no namespaces Landlock is needed: Linux 5.13 or newer, `landlock` in the ' +
    'kernel’s `lsm=` list, and a container whose seccomp profile allows landlock_* (Docker 23 or newer).',
  'own-user-id':
    'Started by root, sandboxes get user ids of their own: leave the container CAP_SETUID and ' +
    'CAP_SETGID and a map of 65,536 ids, or start the engine as an ordinary user.',
  'watched-workspace': 'Set TMPDIR to a folder that can be written, and that all users may enter.',
  'no-capabilities': 'Leave the container CAP_SETPCAP, or start the engine as an ordinary user.',
};

function jailRefused(text: string): BelljarError {
  return new BelljarError(
    'ISOLATION_UNAVAILABLE',
    `The jail cannot be set up on this machine: ${text}.`,
    {
      suggestion: `${FIXES[text.split(':', 1)[0] ?? ''] ?? NAMESPACES} ${ASK_DOCTOR}`,
      details: { reason: text },
    },
  );
}

export const OPEN_TO_ALL =
  'Use a Python that all users can get to, such as /usr/bin/python3 or one below /opt; set ' +
  'XDG_CACHE_HOME=/var/cache before an environment is set up; or start the engine as an ordinary user.';

/** `path`: of Python, or of what else runs in a sandbox. */
function unreachable(interpreter: string, path: string): BelljarError {
  return new BelljarError(
    'RUNTIME_UNAVAILABLE',
    `With Python at '${interpreter}' sandboxes need '${path}', which is for its owner only: no other ` +
      "user can get to it, and at isolation level 'confined' root's sandboxes are other users.",
    {
      suggestion: OPEN_TO_ALL,
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
    if (kind === 'InterpreterHidden') return hidden(interpreter, error);
    if (kind === 'Unreachable') return unreachable(interpreter, error);
    return jailRefused(error);
  }
  const how = ending.signal ? `by ${ending.signal}` : `with code ${ending.code}`;
  const said = ending.stderr.trim().split('\n').at(-1) ?? '';
  return new BelljarError(
    'RUNTIME_UNAVAILABLE',
    `Python at '${interpreter}' ended ${how}${said ? `: ${said}` : ''}.`,
    { suggestion: NO_PYTHON, details: { stderr: ending.stderr } },
  );
}
