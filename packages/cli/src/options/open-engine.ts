import { createEngine, type Engine, type EngineOptions } from '@belljar/core';
import { note } from '../terminal/print.js';

export interface Warning {
  code: string;
  message: string;
}

/** Its warnings are said on stderr, and told to `onWarning` for a JSON document. */
export function openEngine(
  options: EngineOptions,
  onWarning: (warning: Warning) => void = () => {},
): Promise<Engine> {
  return createEngine({
    ...options,
    onWarning: ({ code, message }) => {
      note(`warning: ${code}: ${message}`);
      onWarning({ code, message });
    },
  });
}
