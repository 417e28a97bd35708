/** Somebody writes content of a store, and who holds it: what is changed, swapped, cut or missing is refused. */
import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { type Forgery, flip, OF_A, ofA, ofB, verifyRefused } from '../helpers/filled-store.js';
import { blobFiles } from '../helpers/sqlite-stores.js';
import { putRow, rows } from '../helpers/store-database.js';

verifyRefused([
  [
    'a key of another blob',
    (directory) => {
      const [mine, others] = [ofA(directory, 'holds')[0], ofB(directory, 'holds')[0]];
      const { tag, text } = others as { tag: Uint8Array; text: Uint8Array };
      putRow(directory, 'holds', { ...mine, tag, text });
    },
  ],
  [
    'the blob of another sandbox',
    (directory) => {
      const [mine, others] = [ofA(directory, 'holds')[0], ofB(directory, 'holds')[0]];
      putRow(directory, 'holds', { ...mine, blob: others?.blob as number });
    },
  ],
  ...(
    [
      ['a changed byte in', (file) => writeFileSync(file, flip(readFileSync(file), 3))],
      ['a changed tag in', (file) => writeFileSync(file, flip(readFileSync(file), -1))],
      ['a cut', (file) => truncateSync(file, 10)],
      ['an empty', (file) => truncateSync(file, 0)],
      ['a longer', (file) => appendFileSync(file, 'x')],
      ['a missing', (file) => rmSync(file)],
      ['another sandbox’s', (file, other) => copyFileSync(other, file)],
    ] as [string, (file: string, other: string) => void][]
  ).map(
    ([name, damage]): Forgery => [
      `${name} file of a blob`,
      (directory) => {
        const fileOf = (id: string): string => {
          const sql = `SELECT file FROM blobs JOIN holds ON holds.blob = blobs.blob WHERE ${OF_A}`;
          const name = rows(directory, sql, id)[0]?.file as string;
          return blobFiles(directory).find((one) => one.endsWith(name)) as string;
        };
        damage(fileOf('a'), fileOf('b'));
      },
    ],
  ),
]);
