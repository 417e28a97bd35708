/** What the host gives to the agent: a loan, a portfolio, and prices that are made up. */

export interface Loan {
  amount: number;
  yearlyRatePercent: number;
  months: number;
}

export const LOAN: Loan = { amount: 250_000, yearlyRatePercent: 4.5, months: 360 };

/** Share of each fund in the portfolio. */
export const WEIGHTS = { bonds: 0.5, shares: 0.35, gold: 0.15 };

export type Weights = typeof WEIGHTS;

const DAYS = 500;
const DAILY_SWING = { bonds: 0.003, shares: 0.012, gold: 0.009 };

/** Columns day, bonds, shares, gold. The same numbers in every run. */
export const PRICES_CSV = makePrices();

function makePrices(): string {
  let seed = 7;
  const swing = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed / 2_147_483_647) * 2 - 1;
  };
  const prices = { bonds: 100, shares: 100, gold: 100 };
  const lines = ['day,bonds,shares,gold'];
  for (let day = 1; day <= DAYS; day += 1) {
    for (const fund of ['bonds', 'shares', 'gold'] as const) {
      prices[fund] *= 1 + 0.000_2 + DAILY_SWING[fund] * swing();
    }
    const { bonds, shares, gold } = prices;
    lines.push([day, ...[bonds, shares, gold].map((price) => price.toFixed(4))].join(','));
  }
  return `${lines.join('\n')}\n`;
}
