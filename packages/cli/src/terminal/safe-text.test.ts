import { describe, expect, it } from 'vitest';
import { safeLine, TerminalFilter } from './safe-text.js';

describe('safeLine', () => {
  it.for([
    ['plain ü 日本 😀', 'plain ü 日本 😀'],
    ['a\nb\tc\rd', 'a\\x0ab\\x09c\\x0dd'],
    ['\u001b[31m\u009b\u007f\0', '\\x1b[31m\\x9b\\x7f\\x00'],
    ['gpj.\u202eexe\u2066\u200f', 'gpj.\\u{202e}exe\\u{2066}\\u{200f}'],
    ['\u2028 \ud800 \u{e0041}', '\\u{2028} \\u{d800} \\u{e0041}'],
  ] as const)('writes what a terminal obeys out: %j', ([text, shown]) => {
    expect(safeLine(text)).toBe(shown);
  });
});

describe('TerminalFilter', () => {
  const through = (pieces: string[], colours = true): string => {
    const filter = new TerminalFilter(colours);
    return pieces.map((piece) => filter.push(piece)).join('') + filter.end();
  };

  it('lets lines, tabs and a return to the line’s beginning pass', () => {
    expect(through(['10 %\r20 %\n\tü\b'])).toBe('10 %\r20 %\n\tü\b');
  });

  it('lets colours pass, also in pieces, and ends them', () => {
    expect(through(['\u001b', '[3', '1mred'])).toBe('\u001b[31mred\u001b[0m');
    expect(through(['\u001b[38;2;1;2;3mx\u001b[0m'])).toBe('\u001b[38;2;1;2;3mx\u001b[0m\u001b[0m');
  });

  it('takes colours out where none are wanted', () => {
    expect(through(['\u001b[31mred'], false)).toBe('red');
  });

  it.for(['\u001b]0;t\u0007', '\u001b[2J', '\u001b[6n', '\u001bP$q', '\u009b2J', '\u001bc'])(
    'shows %j and does not send it, in one piece or in many',
    (sequence) => {
      for (const shown of [through([sequence]), through([...sequence])]) {
        expect(shown).toMatch(/^\\x(1b|9b)/);
        expect(shown).not.toContain('\u001b');
        expect(shown).not.toContain('\u009b');
      }
    },
  );

  it('does not hold an unfinished sequence back for ever', () => {
    const endless = `\u001b[${'1;'.repeat(100)}`;
    expect(through([endless])).toBe(`\\x1b[${'1;'.repeat(100)}`);
    expect(new TerminalFilter(true).push(endless)).toContain('\\x1b');
    expect(through(['end\u001b'])).toBe('end\\x1b');
  });
});
