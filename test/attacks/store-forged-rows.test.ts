/** Somebody writes entries and checkpoints of a store: what is changed, swapped, cut or missing is refused. */
import { type Forgery, flip, OF_A, ofA, ofB, verifyRefused } from '../helpers/filled-store.js';
import { type Cells, putRow, tamper } from '../helpers/store-database.js';

verifyRefused([
  ...['executions', 'outcomes', 'checkpoints'].flatMap((table): Forgery[] => [
    [
      `a changed byte in ${table}`,
      (directory) => {
        const [row] = ofA(directory, table) as [Cells];
        putRow(directory, table, { ...row, text: flip(row.text, -1) });
      },
    ],
    [
      `a cut text in ${table}`,
      (directory) => {
        const [row] = ofA(directory, table) as [Cells];
        putRow(directory, table, { ...row, text: (row.text as Uint8Array).slice(0, 5) });
      },
    ],
    [
      `another sandbox’s row in ${table}`,
      (directory) => {
        const [mine, others] = [ofA(directory, table)[0], ofB(directory, table)[0]];
        putRow(directory, table, { ...others, sandbox: mine?.sandbox as number });
      },
    ],
    [
      `a missing newest row in ${table}`,
      (directory) => {
        const newest = `(SELECT max(position) FROM ${table} WHERE ${OF_A})`;
        tamper(directory, (database) =>
          database
            .prepare(`DELETE FROM ${table} WHERE ${OF_A} AND position = ${newest}`)
            .run('a', 'a'),
        );
      },
    ],
  ]),
  [
    'an entry at another position',
    (directory) => {
      const [first, second] = ofA(directory, 'executions') as [Cells, Cells];
      tamper(directory, (database) => database.exec('DROP INDEX executions_by_id'));
      putRow(directory, 'executions', { ...first, position: second.position as number });
      putRow(directory, 'executions', { ...second, position: first.position as number });
    },
  ],
  [
    'an outcome in place of what began',
    (directory) => {
      const { tag, text } = ofA(directory, 'outcomes')[0] as { tag: Uint8Array; text: Uint8Array };
      const [row] = ofA(directory, 'executions') as [Cells];
      putRow(directory, 'executions', { ...row, tag, text });
    },
  ],
  [
    'an outcome of another entry',
    (directory) => {
      const [first, second] = ofA(directory, 'outcomes') as [Cells, Cells];
      putRow(directory, 'outcomes', { ...first, outcome: second.outcome as Uint8Array });
    },
  ],
  [
    'a changed manifest',
    (directory) => {
      const [row] = ofA(directory, 'checkpoints') as [Cells];
      putRow(directory, 'checkpoints', { ...row, manifest: flip(row.manifest, 20) });
    },
  ],
  [
    'a changed byte in an entry with its outcome',
    (directory) => {
      const whole = ofA(directory, 'executions').at(-1) as Cells;
      putRow(directory, 'executions', { ...whole, text: flip(whole.text, -1) });
    },
  ],
  [
    'an outcome beside an entry that has its own',
    (directory) => {
      const { position } = ofA(directory, 'executions').at(-1) as Cells;
      const [row] = ofA(directory, 'outcomes') as [Cells];
      putRow(directory, 'outcomes', { ...row, position: position as number });
    },
  ],
]);
