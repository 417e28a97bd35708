import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.js';
import { OutputAssembly } from './output-assembly.js';

describe('output', () => {
  it('stays in order, one piece for what comes together', () => {
    const assembly = new OutputAssembly(DEFAULT_LIMITS, {});
    for (const [stream, text] of [
      ['stdout', 'a'],
      ['stdout', 'b'],
      ['stderr', 'c'],
    ] as const) {
      assembly.text(stream, Buffer.from(text));
    }
    expect(assembly.outputs).toEqual([
      { type: 'stdout', text: 'ab' },
      { type: 'stderr', text: 'c' },
    ]);
  });

  it('of streams that take turns at each byte is kept whole, in a bounded number of pieces', () => {
    const assembly = new OutputAssembly(DEFAULT_LIMITS, {});
    for (let index = 0; index < 200_000; index += 1) {
      assembly.text(index % 2 ? 'stderr' : 'stdout', Buffer.from('x'));
    }
    expect(assembly.outputs.length).toBe(50_000);
    const bytes = { stdout: 0, stderr: 0, display: 0 };
    for (const one of assembly.outputs) bytes[one.type] += 'text' in one ? one.text.length : 0;
    expect(bytes).toEqual({ stdout: 100_000, stderr: 100_000, display: 0 });
    expect(assembly.truncated).toBe(false);
  });
});
