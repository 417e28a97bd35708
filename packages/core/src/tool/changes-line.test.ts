import { expect, it } from 'vitest';
import type { OutputFile, Variable } from '../index.js';
import { changesLine } from './changes-line.js';
import { MAX_VARIABLES_NAMED } from './limits.js';

const variable = (name: string, type: string, preview: string): Variable => ({
  name,
  type,
  sizeBytes: 1,
  preview,
});
const file = (name: string, more: Partial<OutputFile> = {}): OutputFile => ({
  name,
  sizeBytes: 3,
  mimeType: 'text/csv',
  sha256: '',
  change: 'created',
  bytes: () => Promise.resolve(new Uint8Array()),
  stream: () => new ReadableStream(),
  ...more,
});
const stays = { rolledBack: false, files: [] };
const none = { created: [], changed: [], removed: [] };

it('names new, changed and removed variables with shape or type, and files', () => {
  const line = changesLine(
    { rolledBack: false, files: [file('out/a.csv'), file('b', { change: 'removed' })] },
    {
      created: [
        variable('df', 'pandas.DataFrame', '1,200 × 8: a, b'),
        variable('series', 'pandas.Series', '1,200 × float64: a'),
        variable('array', 'numpy.ndarray', '(1200, 8) float64'),
        variable('n', 'int', '7'),
      ],
      changed: [variable('model', 'sklearn.linear_model.Ridge', 'Ridge()')],
      removed: ['old'],
    },
  );
  expect(line).toBe(
    'new: df (1,200 × 8), series (1,200), array (1,200 × 8), n (int) · changed: model (Ridge) · ' +
      'removed: old · files: out/a.csv (created, 3 bytes), b (removed)',
  );
});

it('says so when nothing changed, when all was undone, and when it is not known', () => {
  expect(changesLine(stays, none)).toBe('changed: nothing');
  const undone = { rolledBack: true, files: [file('a')] };
  expect(changesLine(undone, { ...none, removed: ['x'] })).toBe('changed: nothing');
  expect(changesLine(stays, undefined)).toBe('variables: not compared');
});

it('counts what is too much to name, and stays one line whatever the names', () => {
  const created = Array.from({ length: 25 }, (_, i) => variable(`v${i}`, 'a\nb', ''));
  const odd = [file('x\nstatus: ok\u2028'), file('\u0000'.repeat(500))];
  const line = changesLine({ ...stays, files: odd }, { ...none, created });
  expect(line).toContain(`and ${25 - MAX_VARIABLES_NAMED} more`);
  expect(line).toContain('x\\nstatus: ok');
  expect(line).not.toMatch(/\n|\u2028|\p{Cc}/u);
  expect(line.length).toBeLessThan(2_000);
});

it('says of a file that is beyond the response that it stays', () => {
  const line = changesLine({ ...stays, files: [file('big', { omitted: true })] }, none);
  expect(line).toContain('too large to hand over, stays in the sandbox');
});
