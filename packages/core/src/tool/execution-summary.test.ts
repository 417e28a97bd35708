import { expect, it } from 'vitest';
import type { Execution } from '../index.js';
import { cutToJsonBytes, jsonBytes } from './cut-text.js';
import { summarizeExecution } from './execution-summary.js';
import { MAX_SUMMARY_BYTES } from './limits.js';

const execution = (more: Partial<Execution>): Execution => ({
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
  isolation: { level: 'namespaces', layers: ['seccomp'], missing: [], weakened: [] },
  savepoint: { kind: 'fork' },
  survival: undefined,
  leftovers: [],
  ...more,
});

const options = { sandboxId: 's1', changes: undefined, images: [], keepImageData: false };
const maxBytes = 60_000;
const image = (sizeBytes: number) => ({
  mediaType: 'image/png' as const,
  data: 'A'.repeat(Math.ceil(sizeBytes / 3) * 4),
  sizeBytes,
});

it('is plain JSON, and whole where all is short', () => {
  const summary = summarizeExecution(
    execution({ stdout: 'hello\n', result: { 'text/plain': '42', 'text/html': '<b>' } }),
    { ...options, maxBytes },
  );
  expect(JSON.parse(JSON.stringify(summary))).toMatchObject({
    executionId: 'e1',
    sandboxId: 's1',
    stdout: 'hello\n',
    result: '42',
    isolation: { level: 'namespaces' },
  });
});

it.each(['x', '\u001b', '😀', '\ud800'])('has a bound, whatever is printed (%j)', (character) => {
  const text = character.repeat(1_000_000);
  const files = Array.from({ length: 5_000 }, (_, index) => ({
    name: `${text.slice(0, 4_000)}${index}`,
    sizeBytes: 1,
    mimeType: 'text/plain',
    sha256: '',
    change: 'created' as const,
    bytes: () => Promise.resolve(new Uint8Array()),
    stream: () => new ReadableStream<Uint8Array>(),
  }));
  const error = { name: text, message: text, traceback: text };
  const result = { 'text/plain': text };
  const summary = summarizeExecution(
    execution({ stdout: text, stderr: text, error, result, files }),
    { ...options, maxBytes },
  );
  expect(jsonBytes(summary)).toBeLessThanOrEqual(MAX_SUMMARY_BYTES);
  expect(summary.stdout).toContain('characters cut');
  expect(summary.files.length + summary.filesLeftOut).toBe(5_000);
});

it('keeps the data of as many images as there is room for, and the size of all', () => {
  const images = [image(30_000), image(9_000), image(90_000)];
  const summary = summarizeExecution(execution({}), {
    ...options,
    images,
    keepImageData: true,
    maxBytes,
  });
  expect(summary.images.map(({ data }) => data?.length)).toEqual([40_000, 12_000, undefined]);
  expect(summary.images.map(({ sizeBytes }) => sizeBytes)).toEqual([30_000, 9_000, 90_000]);
  expect(jsonBytes(summary)).toBeLessThanOrEqual(maxBytes);
});

it.each(['x', '\u0007', '漢'])('cuts text to bytes of JSON (%j)', (character) => {
  const cut = cutToJsonBytes(character.repeat(100_000), 5_000);
  expect(jsonBytes(cut)).toBeLessThanOrEqual(5_000);
  expect(jsonBytes(cut)).toBeGreaterThan(4_000);
});
