/**
 * What the code prints and shows, as it comes.
 *
 * A pipe gets the output as the code wrote it: a program reads it, and must not get other bytes. A
 * terminal obeys what it is sent (it can be made to write the clipboard, or to answer as if the
 * user had typed), so there the output passes a filter.
 */
import type { Execution, MimeBundle, Output } from '@belljar/core';
import { TerminalFilter } from '../terminal/safe-text.js';
import { textOf } from './figures.js';

class FilteredStream {
  readonly #stream: NodeJS.WriteStream;
  readonly #filter: TerminalFilter | undefined;
  #atLineStart = true;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    this.#filter = stream.isTTY ? new TerminalFilter(!process.env.NO_COLOR) : undefined;
  }

  write(text: string): void {
    this.#send(this.#filter ? this.#filter.push(text) : text);
  }

  /** A line of its own. */
  line(text: string): void {
    this.finish();
    this.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Ends colours and an unfinished line, so that what follows stands by itself. */
  finish(): void {
    if (this.#filter) this.#send(this.#filter.end());
    if (!this.#atLineStart) this.#send('\n');
  }

  #send(text: string): void {
    if (text === '') return;
    this.#stream.write(text);
    this.#atLineStart = text.endsWith('\n');
  }
}

export class LiveOutput {
  readonly #out = new FilteredStream(process.stdout);
  readonly #err = new FilteredStream(process.stderr);
  #anything = false;

  readonly onStdout = (text: string): void => this.#show({ type: 'stdout', text });
  readonly onStderr = (text: string): void => this.#show({ type: 'stderr', text });
  readonly onDisplay = (data: MimeBundle): void => this.#show({ type: 'display', data });

  /** The result on stdout, a traceback on stderr. Of an execution that ran before, all it printed. */
  end({ outputs, result }: Execution, traceback: string | undefined): void {
    if (!this.#anything) outputs.forEach(this.#show, this);
    if (result) this.onDisplay(result);
    if (traceback) this.#err.line(traceback);
    if (process.stdout.isTTY) this.#out.finish();
    this.#err.finish();
  }

  /** Figures are saved; what has a text is printed. */
  #show(output: Output): void {
    this.#anything = true;
    if (output.type === 'stdout') this.#out.write(output.text);
    else if (output.type === 'stderr') this.#err.write(output.text);
    else {
      const text = textOf(output.data);
      if (text !== undefined) this.#out.line(text);
    }
  }
}
