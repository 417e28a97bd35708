import { describe, expect, it } from 'vitest';
import { CsvError, computeExpected } from './expected.js';

const csv = `symbol,date,price
A,2024-03-29,121
A,2024-01-31,100
A,2024-02-01,7
A,2024-02-29,110
B,Jan 1 2024,50
B,Feb 1 2024,25
B,Mar 1 2024,50
`;

describe('computeExpected', () => {
  it('takes the last price of each month, in the order of the dates', () => {
    const { rows, symbols, answers } = computeExpected(csv);
    expect({ rows, symbols }).toEqual({ rows: 7, symbols: ['A', 'B'] });
    const values = answers.map((answer) =>
      Object.fromEntries(answer.map(({ what, value }) => [what, Number(value.toFixed(4))])),
    );
    expect(values).toEqual([
      {
        rows: 7,
        'A prices': 4,
        'A lowest': 7,
        'A highest': 121,
        'B prices': 3,
        'B lowest': 25,
        'B highest': 50,
      },
      {
        'A mean monthly return': 10,
        'A volatility': 0,
        'B mean monthly return': 25,
        'B volatility': 106.066,
      },
      { 'A indexed': 121, 'B indexed': 100 },
    ]);
  });

  it.each(['a,b\n1,2', 'symbol,date,price', `${csv}B,Jan 1 2024,-3`, `${csv}B,someday,3`])(
    'refuses %j',
    (bad) => {
      expect(() => computeExpected(bad)).toThrow(CsvError);
    },
  );
});
