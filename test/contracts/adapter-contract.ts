/**
 * What every adapter of the tools does, whatever its framework calls it: the same prompts, the same
 * behaviour of the sandbox, the same words. Each adapter brings a driver that makes one call as its
 * framework makes it, and says what reached the model and what the framework keeps.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreateSandboxOptions, Engine, EngineOptions } from '@belljar/core';
import { type Environment, jsonBytes, MAX_STATE_BYTES, MISSING_CODE } from '@belljar/core/tool';
import { beforeAll, describe, expect, it } from 'vitest';
import { plainPython, useEngines } from '../helpers/test-engine.js';
import { describeAdapterFiles } from './adapter-files-contract.js';

/** What the adapter's `createCodeExecutionTool` or `createFileTools` is given. */
export interface AdapterOptions {
  engine: Engine;
  key: string;
  create?: CreateSandboxOptions | undefined;
  environment?: Environment | undefined;
  timeoutMs?: number | undefined;
  maxOutputCharacters?: number | undefined;
  images?: 'to-model' | 'artifact-only' | undefined;
  onStdout?: ((text: string) => void) | undefined;
}

export type ToolName = 'execute_code' | 'list_files' | 'read_file' | 'write_file';

/** One tool call, made through the framework. */
export interface ToolRequest {
  tool: ToolName;
  /** What a model would send as the tool's input: any JSON. */
  input: unknown;
  options: AdapterOptions;
  signal?: AbortSignal | undefined;
  /** What the framework shows while code runs, where it has a way for that. */
  onPartial?: ((text: string) => void) | undefined;
}

export interface ToolOutcome {
  /** What reached the model as the answer. */
  text: string;
  images: { mediaType: string; data: string }[];
  /**
   * All that the framework keeps of the answer (state, checkpoint, history, UI stream), as JSON
   * values, without the base64 of images that went to the model.
   */
  kept: unknown;
}

export interface AdapterUnderTest {
  /** Rejects, or answers, when the signal is aborted: as the framework has it. */
  callTool(request: ToolRequest): Promise<ToolOutcome>;
  /** The description that the model is given of `execute_code`. */
  description(options: AdapterOptions): string | Promise<string>;
  /** Whether the framework shows what code prints while it runs. */
  showsPartialOutput: boolean;
  /** Where the framework has no place for what only the application reads of an answer. */
  keepsWhatTheModelReadsOnly?: true;
}

/** Makes calls in a conversation of its own. */
export type Call = (
  key: string,
  input: unknown,
  request?: Partial<Omit<AdapterOptions, 'key'>> &
    Pick<ToolRequest, 'signal' | 'onPartial'> & { tool?: ToolName },
) => Promise<ToolOutcome>;

/** A one-pixel PNG, so that no plotting library is needed. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const SHOW_PIXEL = `
import base64
class Picture:
    def _repr_png_(self):
        return base64.b64decode('${PIXEL}')
Picture()
`;

/** A PNG's first bytes and then noise: 150 KB that nothing can make smaller. */
const SHOW_NOISE = SHOW_PIXEL.replace(
  `b64decode('${PIXEL}')`,
  `b64decode('${PIXEL}') + bytes(150_000)`,
);

const SLEEP = 'x = 2\nimport time\nprint("begun", flush=True)\ntime.sleep(60)';

/** Runs the suite over one adapter and the real engine. */
export function describeAdapter(name: string, adapter: AdapterUnderTest): void {
  const open = useEngines();
  let engine: Engine;
  let conversations = 0;
  const newKey = () => `${name}-${++conversations}`;
  const call: Call = (key, input, { tool = 'execute_code', signal, onPartial, ...options } = {}) =>
    adapter.callTool({
      tool,
      input: typeof input === 'string' ? { code: input } : input,
      options: { engine, key, ...options },
      signal,
      onPartial,
    });
  beforeAll(async () => {
    engine = await open();
  });

  describeAdapterFiles(name, call, newKey);
  describe(`${name} keeps the adapter contract`, () => {
    it('runs code, and the model reads what it printed and its last value', async () => {
      const seen = await call(newKey(), 'print("hello")\n6 * 7');
      expect(seen.text).toBe('status: ok\nstdout:\nhello\nresult:\n42\nchanged: nothing');
      expect(seen.images).toEqual([]);
    });

    it('gives the model an image as an image', async () => {
      const seen = await call(newKey(), SHOW_PIXEL);
      expect(seen.images).toEqual([{ mediaType: 'image/png', data: PIXEL }]);
      expect(seen.text).toContain('images: 1 attached');
      expect(seen.text).not.toContain(PIXEL);
    });

    it('sends no image to an endpoint that takes none, and says so', async () => {
      const seen = await call(newKey(), SHOW_PIXEL, { images: 'artifact-only' });
      expect(seen.images).toEqual([]);
      expect(seen.text).toContain('images: 1, shown to the user but not to you');
      expect(seen.text).not.toContain(PIXEL);
    });

    it('gives the model an exception as text, with the line at fault', async () => {
      const seen = await call(newKey(), 'x = 1\n1 / 0');
      expect(seen.text).toContain('status: error (ZeroDivisionError: division by zero)');
      expect(seen.text).toContain('1 / 0');
      expect(seen.text).toContain('Correct the code and call again.');
    });

    it('keeps state from one call to the next, and after an exception', async () => {
      const key = newKey();
      await call(key, 'x = 20');
      await call(key, 'x = 21\nraise ValueError("no")');
      expect((await call(key, 'x * 2')).text).toContain('result:\n42');
    });

    it('shares nothing between two conversations', async () => {
      const [one, two] = [newKey(), newKey()];
      await Promise.all([call(one, 'secret = 1'), call(two, 'other = 2')]);
      expect((await call(two, 'secret')).text).toContain('NameError');
      expect((await call(one, 'secret')).text).toContain('result:\n1');
    });

    it('makes one sandbox of twenty first calls at once', async () => {
      const key = newKey();
      const count = `n = globals().get('n', 0) + 1\nn`;
      const seen = await Promise.all(Array.from({ length: 20 }, () => call(key, count)));
      const counts = seen.map(({ text }) => Number(/result:\n(\d+)/.exec(text)?.[1]));
      expect(counts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    });

    it('ends each answer with what changed in the sandbox', async () => {
      const key = newKey();
      const last = async (code: string) => (await call(key, code)).text.split('\n').at(-1);
      expect(await last('x = 1\nwords = ["a"]\nopen("out.csv", "w").write("a,b")')).toBe(
        'new: words (list), x (int) · files: out.csv (created, 3 bytes)',
      );
      expect(await last('words.append("b")\ny = x')).toBe('new: y (int) · changed: words (list)');
      expect(await last('del x\nimport os\nos.remove("out.csv")\n1 / 0')).toBe(
        'removed: x · files: out.csv (removed)',
      );
      expect(await last('print(words)')).toBe('changed: nothing');
    });

    it('finds the sandbox of a conversation again after a restart', async () => {
      const directory = join(mkdtempSync(join(tmpdir(), 'adapter-')), 'state');
      const options: EngineOptions = { directory, python: { ...plainPython, poolSize: 0 } };
      const before = await open(options);
      await call('kept', 'x = 41', { engine: before });
      await before.close();
      const seen = await call('kept', 'x + 1', { engine: await open(options) });
      expect(seen.text).toContain('result:\n42');
    });

    it('keeps at most 64 KB of an answer, and no file in it', async () => {
      const code = `
big = b"\\x07SECRET" * 7_500_000
open("big.bin", "wb").write(big[:52_428_800])
for i in range(300): open("name " * 20 + str(i), "w").close()
print("\\x1b[31m" * 100_000)
for i in range(300): globals()[f"variable_{i}"] = i
raise ValueError("\\x1b" * 100_000)`;
      const { kept, text } = await call(newKey(), code);
      expect(jsonBytes(kept)).toBeLessThanOrEqual(MAX_STATE_BYTES);
      expect(JSON.stringify(kept)).not.toContain('SECRET');
      expect(text).toContain('big.bin (created, 52.4 MB)');
    });

    if (!adapter.keepsWhatTheModelReadsOnly) {
      it('keeps an image that the model is not shown while there is room, else its size', async () => {
        const options = { images: 'artifact-only' } as const;
        const small = await call(newKey(), SHOW_PIXEL, options);
        expect(JSON.stringify(small.kept)).toContain(PIXEL);
        const large = await call(newKey(), SHOW_NOISE, options);
        expect(jsonBytes(large.kept)).toBeLessThanOrEqual(MAX_STATE_BYTES);
        expect(JSON.stringify(large.kept)).toMatch(/"sizeBytes":1\d{5}\b/);
      });
    }

    it('cuts long output in the middle, at the length asked for', async () => {
      const code = 'print("a" * 60_000)\nprint("z" * 60_000)\n"the end"';
      const seen = await call(newKey(), code, { maxOutputCharacters: 2_000 });
      expect(seen.text.length).toBeLessThanOrEqual(2_000);
      expect(seen.text).toMatch(/a\n\[… [\d,]+ characters cut …\]\nz/);
      expect(seen.text).toContain("result:\n'the end'");
    });

    it('keeps an answer readable where hardly any characters are asked for', async () => {
      const seen = await call(newKey(), 'print("a" * 5_000)', { maxOutputCharacters: 1 });
      expect(seen.text.length).toBeLessThanOrEqual(500);
      expect(seen.text).toMatch(/^status: ok\nstdout:\na+\n.* cut .*\na+\nchanged: nothing$/);
    });

    it('stops code at the timeout, and the model reads what it printed until then', async () => {
      const seen = await call(newKey(), SLEEP, { timeoutMs: 500 });
      expect(seen.text).toContain('status: timeout');
      expect(seen.text).toContain('begun');
      expect(seen.text).toContain('longer than 500 ms');
    });

    it('stops code within a second of an abort', async () => {
      const key = newKey();
      const controller = new AbortController();
      let abortedAt = 0;
      const onStdout = () => {
        abortedAt = performance.now();
        controller.abort();
      };
      await call(key, SLEEP, { signal: controller.signal, onStdout }).catch(() => undefined);
      const sandbox = await engine.openSandbox({ key });
      await sandbox.execute('1');
      expect(performance.now() - abortedAt).toBeLessThan(1_000);
      const statuses: string[] = [];
      for await (const entry of sandbox.executions()) statuses.push(entry.status);
      expect(statuses).toEqual(['cancelled', 'ok']);
    });

    if (adapter.showsPartialOutput) {
      it('shows what code prints while it runs', async () => {
        const key = newKey();
        const controller = new AbortController();
        const partials: string[] = [];
        const onPartial = (text: string) => {
          partials.push(text);
          controller.abort();
        };
        await call(key, SLEEP, { signal: controller.signal, onPartial }).catch(() => undefined);
        expect(partials[0]).toBe('status: running\nbegun\n');
      });
    }

    it('runs nothing for a call that was aborted before', async () => {
      const key = newKey();
      const sandbox = await engine.openSandbox({ key });
      await call(key, 'x = 1', { signal: AbortSignal.abort() }).catch(() => undefined);
      expect(await sandbox.variables()).toEqual([]);
    });

    it.each([
      ['in a Markdown fence', { code: '```python\nprint(6 * 7)\n```' }],
      ['with line breaks escaped twice', { code: 'x = 6\\nprint(x * 7)' }],
      ['as JSON text', '{"code": "print(6 * 7)"}'],
      ['as a JSON string in the field', { code: '{"code": "print(6 * 7)"}' }],
      ['as lines', { code: ['x = 6', 'print(x * 7)'] }],
    ])('runs code that was sent %s', async (_, input) => {
      const seen = await adapter.callTool({
        tool: 'execute_code',
        input,
        options: { engine, key: newKey() },
      });
      expect(seen.text).toContain('stdout:\n42');
    });

    it.each([
      ['another field', { python: 'print(1)' }],
      ['an empty field', { code: ' ' }],
      ['nothing', {}],
      ['a number', { code: 7 }],
    ])('answers %s in place of code with what to send', async (_, input) => {
      const seen = await call(newKey(), input);
      expect(seen.text).toBe(`status: refused\nNothing ran. ${MISSING_CODE}\nchanged: nothing`);
    });

    it('answers code that is refused with the reason, and the next call works', async () => {
      const key = newKey();
      const seen = await call(key, `x = '${'a'.repeat(1_000_001)}'`);
      expect(seen.text).toMatch(/^status: refused\nNothing ran\. /);
      expect((await call(key, '1 + 1')).text).toContain('result:\n2');
    });

    it('describes the tool in 1,500 characters', async () => {
      const environment = { version: '3.13.1', libraries: [{ name: 'pandas', version: '3.0.1' }] };
      const description = await adapter.description({ engine, key: 'k', environment });
      for (const said of [
        'Python 3.13.1',
        'pandas 3.0.1',
        'working directory',
        'no network',
        'no pip install',
        'persist',
        'last expression',
        'figures',
        '60 s for a call',
      ]) {
        expect(description).toContain(said);
      }
      expect(description.length).toBeLessThanOrEqual(1_500);
    });

    it('runs JavaScript in a sandbox for it, and tells what changed', async () => {
      const key = newKey();
      const run = (code: string) => call(key, code, { create: { language: 'javascript' } });
      expect((await run('const a: number[] = [1]; a.length')).text).toBe(
        'status: ok\nresult:\n1\nnew: a (Array)',
      );
      expect((await run('a.push(2); console.log(a.length)')).text).toBe(
        'status: ok\nstdout:\n2\nchanged: a (Array)',
      );
    });

    it('describes a tool for JavaScript as one', async () => {
      const create = { language: 'javascript' } as const;
      const description = await adapter.description({ engine, key: 'k', create });
      expect(description).toContain('Runs JavaScript or TypeScript code');
      expect(description).not.toMatch(/Python|pip|Importable/);
    });
  });
}
