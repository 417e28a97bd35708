/** What a person reads while the agent works. */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export interface Transcript {
  /** A fact in the head or the foot: a name and a value. */
  fact(name: string, value: string): void;
  /** What is being waited for; replaced by the next line on a terminal. */
  progress(line: string): void;
  question(number: number, of: number, text: string): void;
  /** Code, result or answer under its name. */
  block(name: string, text: string, style?: Style): void;
  check(passed: boolean, text: string): void;
}

type Output = Pick<WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

export function createTranscript(output: Output): Transcript {
  const width = Math.min(Math.max(output.columns || 96, 40), 96);
  let waiting = false;
  const paint = (style: Style, text: string) =>
    styleText(style, text, { stream: output as NodeJS.WritableStream });
  const say = (text: string) => {
    output.write(`${waiting ? '\r\x1b[K' : ''}${text}\n`);
    waiting = false;
  };
  return {
    fact: (name, value) => say(`${paint('dim', name.padEnd(8))} ${value}`),
    progress(line) {
      if (!output.isTTY) {
        if (!line.startsWith('Downloading ')) say(`${' '.repeat(9)}${line}`);
        return;
      }
      output.write(`\r\x1b[K${paint('dim', `… ${line}`.slice(0, width - 1))}`);
      waiting = true;
    },
    question(number, of, text) {
      const title = `── ${number} of ${of} `;
      say(`\n${paint('dim', title.padEnd(width, '─'))}`);
      say(paint('bold', wrap(text, width)));
    },
    block(name, text, style = 'reset') {
      say(paint('dim', name));
      for (const line of text.split('\n')) say(`${paint('dim', '  │')} ${paint(style, line)}`);
    },
    check: (passed, text) =>
      say(passed ? paint('green', `✓ ${text}`) : paint(['bold', 'red'], `✗ ${text}`)),
  };
}

function wrap(text: string, width: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}
