/** What is going on: one line that changes on a terminal, one line a step elsewhere. */
import { styleText } from 'node:util';
import sliceLine from 'wrap-ansi';
import { note } from './print.js';
import { safeLine } from './safe-text.js';

export interface Progress {
  line: (text: string) => void;
  end: () => void;
}

const BEGIN_LINE_ANEW = '\r\u001b[K';

export function showProgress(): Progress {
  const { stderr, env } = process;
  if (stderr.isTTY !== true || env.TERM === 'dumb') return { line: note, end: () => {} };
  const started = performance.now();
  let current = '';
  const draw = (): void => {
    const seconds = `${Math.floor((performance.now() - started) / 1_000)} s  `;
    const [first = ''] = sliceLine(
      current,
      Math.max(10, (stderr.columns || 80) - seconds.length - 1),
      {
        hard: true,
      },
    ).split('\n');
    stderr.write(`${BEGIN_LINE_ANEW}${styleText('dim', seconds, { stream: stderr })}${first}`);
  };
  const timer = setInterval(draw, 1_000).unref();
  return {
    line: (text) => {
      current = safeLine(text);
      draw();
    },
    end: () => {
      clearInterval(timer);
      stderr.write(BEGIN_LINE_ANEW);
    },
  };
}
