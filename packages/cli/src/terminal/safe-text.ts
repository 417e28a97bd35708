/**
 * Text that others chose, on its way to a terminal.
 *
 * Boundary: names, messages and output of a sandbox are hostile. What a terminal obeys (escape
 * sequences, 8-bit controls, marks that turn the reading direction) is shown as `\x1b` or
 * `\u{202e}` and never sent.
 */

/** Controls, direction marks, line separators, the invisible tag characters, lone surrogates. */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\p{Cs}\u{e0000}-\u{e007f}]/gu;

/** In running output, lines, tabs and a return to the beginning of the line are harmless. */
const UNSAFE_IN_OUTPUT =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  /\u001b\[[0-9;:]*m|[\u0000-\u0007\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** The beginning of a colour sequence whose end has not come yet. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const UNFINISHED = /\u001b(?:\[[0-9;:]{0,64})?$/;

function shown(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** A name or message, on one line. */
export function safeLine(text: string): string {
  return text.replaceAll(UNSAFE, shown);
}

/** One stream of a sandbox's output, for a terminal. Colours pass, all else is shown. */
export class TerminalFilter {
  readonly #colours: boolean;
  #held = '';
  #coloured = false;

  constructor(colours: boolean) {
    this.#colours = colours;
  }

  push(text: string): string {
    const all = this.#held + text;
    this.#held = UNFINISHED.exec(all)?.[0] ?? '';
    return this.#filter(all.slice(0, all.length - this.#held.length));
  }

  /** What was held back, and an end to the colours. */
  end(): string {
    const rest = this.#filter(this.#held);
    this.#held = '';
    const reset = this.#coloured ? '\u001b[0m' : '';
    this.#coloured = false;
    return rest + reset;
  }

  #filter(text: string): string {
    return text.replaceAll(UNSAFE_IN_OUTPUT, (found) => {
      if (found.length === 1) return shown(found);
      if (!this.#colours) return '';
      this.#coloured = true;
      return found;
    });
  }
}
