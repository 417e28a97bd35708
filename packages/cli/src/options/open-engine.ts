import { createEngine, type Engine, type EngineOptions } from '@belljar/core';
import { note } from '../terminal/print.js';

export interface Warning {
  code: string;
  message: string;
}

/**
 * Its warnings are said on stderr, and told to `onWarning` for a JSON document; those with a code of
 * `unsaid` are not.
 */
export function openEngine(
  options: EngineOptions,
  onWarning: (warning: Warning) => void = () => {},
  unsaid: readonly string[] = [],
): Promise<Engine> {
  return createEngine({
    ...options,
    onWarning: ({ code, message }) => {
      if (unsaid.includes(code)) return;
      note(`warning: ${code}: ${message}`);
      onWarning({ code, message });
    },
  });
}
