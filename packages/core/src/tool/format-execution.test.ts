import { describe, expect, it } from 'vitest';
import type { Execution } from '../execution.js';
import { formatExecution } from './format-execution.js';

function execution(overrides: Partial<Execution> = {}): Execution {
  return {
    id: 'e1',
    status: 'ok',
    stdout: '',
    stderr: '',
    truncated: false,
    outputs: [],
    result: undefined,
    displays: [],
    error: undefined,
    limit: undefined,
    files: [],
    rolledBack: false,
    usage: { wallMs: 1, cpuMs: 1, peakMemoryBytes: 0 },
    isolation: { level: 'namespaces', layers: [], missing: [], weakened: [] },
    savepoint: { kind: 'fork' },
    survival: undefined,
    leftovers: [],
    ...overrides,
  };
}

function file(name: string, change: 'created' | 'changed' | 'removed', sizeBytes = 1_500) {
  return {
    name,
    change,
    sizeBytes,
    mimeType: 'text/csv',
    sha256: '',
    bytes: () => Promise.resolve(new Uint8Array()),
    stream: () => new ReadableStream<Uint8Array>(),
  };
}

const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64');
const image = { mediaType: 'image/png' as const, data: png, sizeBytes: 8 };

describe('formatExecution', () => {
  it('shows streams, displays and result, each under its name', () => {
    const text = formatExecution(
      execution({
        stdout: 'hello\n',
        stderr: 'careful\n',
        displays: [{ 'text/plain': 'shown' }],
        result: { 'text/plain': '42', 'text/html': '<b>42</b>' },
      }),
    );
    expect(text).toBe('status: ok\nstdout:\nhello\nstderr:\ncareful\ndisplay:\nshown\nresult:\n42');
  });

  it('says so when there is nothing to see', () => {
    expect(formatExecution(execution())).toMatch(/printed nothing/);
  });

  it('names files with what happened to them', () => {
    const files = [file('out/a.csv', 'created'), file('b', 'changed'), file('c', 'removed', 0)];
    expect(formatExecution(execution({ files }))).toContain(
      'files: out/a.csv (created, 1.5 KB), b (changed, 1.5 KB), c (removed)',
    );
  });

  it('counts files beyond the first 20 and keeps each on the line', () => {
    const files = Array.from({ length: 25 }, (_, index) => file(`f\n${index}`, 'created'));
    const line = formatExecution(execution({ files })).split('\n').at(-1) ?? '';
    expect(line).toMatch(/^files: f\\n0 .* and 5 more$/);
  });

  it('shows an exception with its traceback, that state stays, and what to do', () => {
    const text = formatExecution(
      execution({
        status: 'error',
        stdout: 'before\n',
        error: { name: 'KeyError', message: "'prize'", traceback: 'Traceback …\nKeyError' },
      }),
    );
    expect(text).toContain("status: error (KeyError: 'prize')");
    expect(text).toContain('traceback:\nTraceback …');
    expect(text).toContain('Correct the code and call again.');
    expect(text).toContain('before the error stay');
  });

  it.each([
    ['timeout', /longer than 30 s/],
    ['cancelled', /cancelled/],
    ['out-of-memory', /more memory/],
    ['crashed', /interpreter crashed/],
  ] as const)('says what happened at %s, and that it was undone', (status, sentence) => {
    const text = formatExecution(execution({ status, rolledBack: true }), { timeoutMs: 30_000 });
    expect(text).toMatch(sentence);
    expect(text).toContain('as they were before it');
  });

  it('says what stayed of code that was stopped and not undone', () => {
    const text = formatExecution(execution({ status: 'timeout' }));
    expect(text).toContain('set until then stay');
    expect(text).not.toContain('as they were before');
  });

  it('names the limit that ended it', () => {
    const limit = { name: 'workspaceBytes', value: 1_000_000_000 };
    const text = formatExecution(execution({ status: 'limit', limit, rolledBack: true }));
    expect(text).toContain('status: limit (workspaceBytes: 1 GB)');
    expect(text).toContain('limit workspaceBytes: stay below it');
  });

  it('names lost variables with their reasons', () => {
    const lost = [{ name: 'generator', reason: 'cannot be pickled' }];
    const survival = { lost, diverged: [], notes: [] };
    expect(formatExecution(execution({ survival }))).toContain('generator (cannot be pickled)');
  });

  it('tells of images that are attached, left out, or not for the model', () => {
    const shown = execution({ displays: [{ 'image/png': png, 'text/plain': '<Figure>' }] });
    const chosen = { images: [image], leftOut: 2 };
    expect(formatExecution(shown, { images: chosen })).toMatch(/images: 1 attached\n2 more/);
    expect(formatExecution(shown, { images: chosen })).not.toContain('<Figure>');
    expect(formatExecution(shown, { images: chosen, imagesAttached: false })).toContain(
      'images: 3, shown to the user but not to you',
    );
  });

  it.each([500, 2_000, 20_000])('is never longer than %i characters', (maxOutputCharacters) => {
    const text = formatExecution(
      execution({
        status: 'error',
        stdout: 'o'.repeat(300_000),
        stderr: 'e'.repeat(300_000),
        result: { 'text/plain': 'short' },
        displays: Array.from({ length: 25 }, () => ({ 'text/plain': 'd'.repeat(1_000) })),
        error: { name: 'E', message: 'm'.repeat(5_000), traceback: 't'.repeat(50_000) },
        files: Array.from({ length: 40 }, (_, index) => file(`${index}`.repeat(100), 'created')),
      }),
      { maxOutputCharacters },
    );
    expect(text.length).toBeLessThanOrEqual(maxOutputCharacters);
    expect(text).toMatch(/characters cut/);
    expect(text).toContain('status: error');
  });

  it('keeps short parts whole beside a long one', () => {
    const text = formatExecution(
      execution({ stdout: 'o'.repeat(100_000), result: { 'text/plain': 'the answer is 42' } }),
      { maxOutputCharacters: 1_000 },
    );
    expect(text).toContain('result:\nthe answer is 42');
  });

  it('passes on notes about the input', () => {
    expect(formatExecution(execution(), { notes: ['Line breaks.'] })).toContain(
      'Note: Line breaks.',
    );
  });
});
