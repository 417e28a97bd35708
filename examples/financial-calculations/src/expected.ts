/** The numbers that must come out, computed without Python. */
import { csvParse } from 'd3-dsv';
import type { Loan, Weights } from './inputs.js';

export function expectedLoan({ amount, yearlyRatePercent, months }: Loan) {
  const rate = yearlyRatePercent / 100 / 12;
  const payment = (amount * rate) / (1 - (1 + rate) ** -months);
  return { payment, interest: payment * months - amount };
}

/** In percent; of a portfolio that has its weights again each day. */
export function expectedRisk(csv: string, weights: Weights) {
  const rows = csvParse(csv);
  const returns = rows.slice(1).map((row, index) => {
    const parts = Object.entries(weights).map(
      ([fund, weight]) => weight * (Number(row[fund]) / Number(rows[index]?.[fund]) - 1),
    );
    return parts.reduce((sum, part) => sum + part, 0);
  });
  return {
    volatility: standardDeviation(returns) * Math.sqrt(252) * 100,
    value_at_risk: -quantile(returns, 0.05) * 100,
    max_drawdown: maxDrawdown(returns) * 100,
  };
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Linear between the two neighbours, as pandas has it. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low = 0, high = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

/** Deepest fall from a highest value so far; the first value is 1. */
function maxDrawdown(returns: readonly number[]): number {
  let [value, highest, deepest] = [1, 1, 0];
  for (const dayReturn of returns) {
    value *= 1 + dayReturn;
    highest = Math.max(highest, value);
    deepest = Math.max(deepest, 1 - value / highest);
  }
  return deepest;
}
