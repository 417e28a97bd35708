/** The numbers that the answers must have, from the CSV and without Python. */
import type { Expectation } from '@belljar/example-shared/expected-numbers';
import { csvParse } from 'd3-dsv';

export const COLUMNS = ['symbol', 'date', 'price'] as const;

interface Price {
  symbol: string;
  /** Milliseconds since 1970, UTC. */
  time: number;
  price: number;
}

/** What is to be found in each of the three answers. */
export interface Expected {
  rows: number;
  symbols: string[];
  answers: [Expectation[], Expectation[], Expectation[]];
}

/** A CSV that cannot be analysed; the message is for the user. */
export class CsvError extends Error {}

/** Reads prices and computes what the agent will be asked for. Throws `CsvError`. */
export function computeExpected(csv: string): Expected {
  const prices = readPrices(csv);
  const shares = Map.groupBy(prices, ({ symbol }) => symbol);
  const symbols = [...shares.keys()].sort();
  const answers: Expected['answers'] = [[{ what: 'rows', value: prices.length }], [], []];
  for (const symbol of symbols) {
    const share = (shares.get(symbol) ?? []).toSorted((a, b) => a.time - b.time);
    const values = share.map(({ price }) => price);
    const months = lastOfEachMonth(share);
    const returns = months
      .slice(1)
      .map((price, index) => (price / (months[index] ?? price) - 1) * 100);
    if (returns.length < 2) throw new CsvError(`${symbol} has fewer than three months of prices.`);
    answers[0].push(
      { what: `${symbol} prices`, value: share.length },
      { what: `${symbol} lowest`, value: Math.min(...values) },
      { what: `${symbol} highest`, value: Math.max(...values) },
    );
    answers[1].push(
      { what: `${symbol} mean monthly return`, value: mean(returns) },
      { what: `${symbol} volatility`, value: standardDeviation(returns) },
    );
    answers[2].push({
      what: `${symbol} indexed`,
      value: ((months.at(-1) ?? 0) / (months[0] ?? 1)) * 100,
    });
  }
  return { rows: prices.length, symbols, answers };
}

function readPrices(csv: string): Price[] {
  const rows = csvParse(csv);
  const lacking = COLUMNS.filter((column) => !rows.columns.includes(column));
  if (lacking.length > 0) {
    throw new CsvError(
      `The CSV has no column ${lacking.join(', ')}: it needs ${COLUMNS.join(', ')}.`,
    );
  }
  const prices = rows.map((row, index) => {
    const { symbol = '', date = '', price = '' } = row;
    const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(date) ? date : `${date} UTC`);
    const value = price.trim() === '' ? Number.NaN : Number(price);
    if (symbol === '' || Number.isNaN(time) || !(value > 0)) {
      throw new CsvError(`Line ${index + 2} of the CSV is not a symbol, a date and a price.`);
    }
    return { symbol, time, price: value };
  });
  if (prices.length === 0) throw new CsvError('The CSV has no prices.');
  return prices;
}

function lastOfEachMonth(share: readonly Price[]): number[] {
  const months = new Map<string, number>();
  for (const { time, price } of share) months.set(new Date(time).toISOString().slice(0, 7), price);
  return [...months.values()];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Of a sample, as pandas computes it. */
function standardDeviation(values: readonly number[]): number {
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
