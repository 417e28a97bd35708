import { print } from './print.js';

/** What JSON lets stand and a terminal may obey: DEL, C1 controls, line and direction marks. */
const SPOKEN = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One document on stdout. Nothing in it can speak to a terminal. */
export function printJson(value: unknown): void {
  const text = JSON.stringify(value, undefined, 2).replaceAll(
    SPOKEN,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  print(`${text}\n`);
}
