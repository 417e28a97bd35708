import { describe, expect, it } from 'vitest';
import { Output } from './output.js';

function record(budgetBytes: number) {
  const sent: [string, string | number][] = [];
  const send = (header: object, payload?: Uint8Array): void => {
    const { t, bytes } = header as { t: string; bytes?: number };
    sent.push([t, bytes ?? Buffer.from(payload ?? []).toString()]);
  };
  return { sent, output: new Output(send, 1, budgetBytes) };
}

const joined = (sent: [string, string | number][]): string =>
  sent.map(([t, what]) => (t === 'gap' ? `[${what}]` : what)).join('');

describe('output', () => {
  it('sends what fits at once, in order', () => {
    const { sent, output } = record(100);
    output.add('stdout', 'a');
    output.add('stderr', 'b');
    expect(sent).toEqual([
      ['stdout', 'a'],
      ['stderr', 'b'],
    ]);
    output.finish();
    expect(sent).toHaveLength(2);
  });

  it('keeps head and tail of a flood and says how much is between', () => {
    const { sent, output } = record(20);
    for (let index = 0; index < 100_000; index += 1) output.add('stdout', String(index % 10));
    output.finish();
    expect(joined(sent)).toBe('0123456789[99980]0123456789');
    expect(output.droppedBytes).toBe(99_980);
  });

  it('keeps a budget of one piece too', () => {
    const { sent, output } = record(10);
    output.add('stdout', 'x'.repeat(1_000));
    output.finish();
    expect(joined(sent)).toBe('xxxxx[990]xxxxx');
  });

  it('joins small pieces after many, and loses none', () => {
    const { sent, output } = record(10_000_000);
    for (let index = 0; index < 30_000; index += 1) output.add('stdout', 'line\n');
    expect(sent.length).toBeLessThan(10_010);
    output.display(Buffer.from('shown'));
    output.finish();
    const text = sent.filter(([t]) => t === 'stdout').map(([, what]) => what);
    expect(text.join('')).toBe('line\n'.repeat(30_000));
    expect(sent.at(-1)).toEqual(['display', 'shown']);
  });
});
