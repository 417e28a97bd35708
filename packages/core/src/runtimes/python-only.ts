import { BelljarError } from '../errors.js';

/** Sandboxes of other languages run no commands. */
export function pythonOnly(what: 'shell' | 'spawn'): BelljarError {
  return new BelljarError('INVALID_ARGUMENT', `${what}() is there for Python sandboxes only.`, {
    suggestion: "Create the sandbox with language: 'python'.",
  });
}
