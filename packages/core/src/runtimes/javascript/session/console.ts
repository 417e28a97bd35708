/** `console` for the code: Node's own formatting, over the session's output. */
import { Console } from 'node:console';
import { tableHtml } from '../guest/table.js';
import type { Stream } from './output.js';
import { type Bundle, cutText } from './values.js';

export interface Screen {
  print(stream: Stream, text: string): void;
  show(bundle: Bundle): void;
}

/** As much of a writable stream as `Console` asks for. */
const stream = (write: (text: string) => void): NodeJS.WritableStream => ({ write }) as never;

function textOf(print: (console: Console) => void): string {
  const parts: string[] = [];
  const out = stream((text) => parts.push(text));
  print(new Console({ stdout: out, stderr: out, ignoreErrors: false, colorMode: false }));
  return parts.join('');
}

export function createConsole(screen: Screen): Console {
  const made = new Console({
    stdout: stream((text) => screen.print('stdout', text)),
    stderr: stream((text) => screen.print('stderr', text)),
    ignoreErrors: false,
    colorMode: false,
  });
  made.table = (data: unknown, columns?: readonly string[]) => {
    if (typeof data !== 'object' || data === null) return made.log(data);
    const text = textOf((plain) => plain.table(data, columns));
    screen.show({
      'text/plain': cutText(text.trimEnd()).text,
      'text/html': tableHtml(data, columns),
    });
  };
  return made;
}
