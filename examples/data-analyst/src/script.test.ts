import type { Step } from '@belljar/example-shared/script';
import { describe, expect, it } from 'vitest';
import { script } from './script.js';

/** What the model says in turn `turn` to a tool result, or first when there is none. */
function say(turn: number, ...results: string[]): Step {
  return script({ question: turn, asked: 'go', results });
}

const text = (turn: number, toolResult: string) => {
  const said = say(turn, toolResult);
  return 'say' in said ? said.say : undefined;
};

describe('the scripted model', () => {
  it('sends the code of each question, which uses variables of the one before', () => {
    const code = [1, 2, 3].map((turn) => JSON.stringify(say(turn)));
    expect(code[0]).toContain('stocks = pd.read_csv');
    expect(code[1]).toContain('stocks.groupby');
    expect(code[1]).not.toContain('read_csv');
    expect(code[2]).toContain('monthly.unstack');
  });

  it('quotes the numbers of the tool result, whatever they are', () => {
    const result = (a: string) =>
      `status: ok\nstdout:\n7 rows\nresult:\n    count  min  max\nsymbol   \n${a}`;
    expect(text(1, result('AB   3  1.5  9.25\nC D  4  2.0  8.00'))).toBe(
      'The file has 7 rows on 2 shares.\n  AB: 3 prices, from 1.5 to 9.25\n  C D: 4 prices, from 2.0 to 8.00',
    );
    expect(text(1, result('AB   3  1.6  9.26'))).toContain('from 1.6 to 9.26');
  });

  it('ranks by volatility', () => {
    const result = 'status: ok\nresult:\n  mean std\nsymbol\nA -0.25 1.5\nB 3.0 20.25';
    expect(text(2, result)).toMatch(/^B is the most volatile share, A the calmest\./);
  });

  it('tells where the chart is, and when it is nowhere', () => {
    const table = 'status: ok\nresult:\n  index\nsymbol\nA 120.5';
    expect(text(3, `${table}\nfiles: out/chart.png (created, 9 KB)`)).toMatch(
      /^The chart is in out\/chart\.png\..*\n {2}A 120\.5$/,
    );
    expect(text(3, table)).toContain('was not saved');
  });

  it('passes on what went wrong', () => {
    expect(text(2, 'status: error (NameError: stocks)')).toBe(
      'The code did not run.\nstatus: error (NameError: stocks)',
    );
  });
});
