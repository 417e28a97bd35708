/** The CSV, checked, with the numbers that are to come out. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExampleFailure } from '@belljar/example-shared/example-failure';
import { CsvError, computeExpected, type Expected } from './expected.js';

export interface Prices {
  name: string;
  csv: string;
  expected: Expected;
}

/** Reads the file given, or the sample: monthly prices of five shares from `vega-datasets`. */
export async function loadPrices(path: string | undefined): Promise<Prices> {
  const file =
    path ?? fileURLToPath(new URL('../data/stocks.csv', import.meta.resolve('vega-datasets')));
  try {
    const csv = await readFile(file, 'utf8');
    return { name: basename(file), csv, expected: computeExpected(csv) };
  } catch (error) {
    if (error instanceof CsvError) throw new ExampleFailure(`${file}: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined) throw new ExampleFailure(`${file} cannot be read (${code}).`);
    throw error;
  }
}
