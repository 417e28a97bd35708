import { describe, expect, it } from 'vitest';
import { assertNames, missingFrom } from './expected-numbers.js';

describe('missingFrom', () => {
  const expectations = [
    { what: 'low', value: 12.943 },
    { what: 'loss', value: -3.5 },
    { what: 'many', value: 1_234.5 },
  ];

  it.each([
    'low 12.94, loss -3.50 %, many 1,234.50',
    'from 12.94–1234.50, a loss of −3.5',
    '**12.943** | -3.500 | $1,234.50.',
  ])('finds the numbers in %j', (answer) => {
    expect(missingFrom(answer, expectations)).toEqual([]);
  });

  it('names what is not there to two decimals', () => {
    expect(missingFrom('12.95, 3.50, 1,234.5', expectations).map(({ what }) => what)).toEqual([
      'low',
      'loss',
    ]);
  });
});

describe('assertNames', () => {
  it('throws with the number that the answer lacks', () => {
    assertNames('There are 9,592 of them.', { primes: 9592 });
    expect(() => assertNames('There are 9,591 of them.', { primes: 9592 })).toThrow('primes: 9592');
  });
});
