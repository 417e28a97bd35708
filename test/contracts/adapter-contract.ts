/** What every adapter of a code execution tool does, whatever its framework calls it. */
import { createEngine, type Engine, type Sandbox } from '@belljar/core';
import { MISSING_CODE } from '@belljar/core/tool';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

export interface AdapterOptions {
  timeoutMs?: number | undefined;
  maxOutputCharacters?: number | undefined;
  images?: 'to-model' | 'artifact-only' | undefined;
}

/** What reached the model as the answer to one tool call. */
export interface SeenByModel {
  text: string;
  images: { mediaType: string; data: string }[];
}

/** Makes one tool call, through the framework, in the conversation of a key. */
export type CallTool = (
  engine: Engine,
  key: string,
  /** What a model would send as the tool's input: any JSON. */
  input: unknown,
  options?: AdapterOptions & { signal?: AbortSignal | undefined },
) => Promise<SeenByModel>;

export interface AdapterUnderTest {
  callTool: CallTool;
  /** The description that the model is given. */
  description: (engine: Engine) => string;
}

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

const SLEEP = 'x = 2\nimport time\nprint("begun", flush=True)\ntime.sleep(60)';

/** The same engine, telling when code in one of its sandboxes prints something. */
function onFirstOutput(engine: Engine, onOutput: () => void): Engine {
  const openSandbox: Engine['openSandbox'] = async (options) => {
    const sandbox = await engine.openSandbox(options);
    const execute: Sandbox['execute'] = (request) =>
      sandbox.execute({
        ...(typeof request === 'string' ? { code: request } : request),
        onStdout: onOutput,
      });
    return { id: sandbox.id, info: sandbox.info, execute } as Sandbox;
  };
  return { openSandbox } as Engine;
}

/** Runs the suite over one adapter and the real engine. */
export function describeAdapter(name: string, adapter: AdapterUnderTest): void {
  describe(`${name} keeps the adapter contract`, () => {
    let engine: Engine;
    let conversations = 0;
    const newKey = () => `${name}-${++conversations}`;
    const call = (key: string, input: unknown, options?: Parameters<CallTool>[3]) =>
      adapter.callTool(engine, key, typeof input === 'string' ? { code: input } : input, options);

    beforeAll(async () => {
      engine = await createEngine();
    }, 60_000);
    afterAll(() => engine.close());

    it('runs code, and the model reads what it printed and its last value', async () => {
      const seen = await call(newKey(), 'print("hello")\n6 * 7');
      expect(seen.text).toBe('status: ok\nstdout:\nhello\nresult:\n42');
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

    it('tells the model of files that the code left', async () => {
      const seen = await call(newKey(), 'open("out.csv", "w").write("a,b")');
      expect(seen.text).toContain('files: out.csv (created, 3 bytes)');
    });

    it('cuts long output in the middle, at the length asked for', async () => {
      const code = 'print("a" * 60_000)\nprint("z" * 60_000)\n"the end"';
      const seen = await call(newKey(), code, { maxOutputCharacters: 2_000 });
      expect(seen.text.length).toBeLessThanOrEqual(2_000);
      expect(seen.text).toMatch(/a\n\[… [\d,]+ characters cut …\]\nz/);
      expect(seen.text).toContain("result:\n'the end'");
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
      const watched = onFirstOutput(engine, () => {
        abortedAt = performance.now();
        controller.abort();
      });
      const { signal } = controller;
      await adapter.callTool(watched, key, { code: SLEEP }, { signal }).catch(() => undefined);
      const sandbox = await engine.openSandbox({ key });
      await sandbox.execute('1');
      expect(performance.now() - abortedAt).toBeLessThan(1_000);
      const statuses: string[] = [];
      for await (const entry of sandbox.executions()) statuses.push(entry.status);
      expect(statuses).toEqual(['cancelled', 'ok']);
    });

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
      ['as lines', { code: ['x = 6', 'print(x * 7)'] }],
    ])('runs code that was sent %s', async (_, input) => {
      const seen = await adapter.callTool(engine, newKey(), input);
      expect(seen.text).toContain('stdout:\n42');
    });

    it('answers an input without code with what to send', async () => {
      const seen = await adapter.callTool(engine, newKey(), { python: 'print(1)' });
      expect(seen.text).toContain(MISSING_CODE);
    });

    it('answers code that is refused with the reason, and the next call works', async () => {
      const key = newKey();
      const seen = await call(key, `x = '${'a'.repeat(1_000_001)}'`);
      expect(seen.text).toMatch(/^status: refused\nNothing ran\. /);
      expect((await call(key, '1 + 1')).text).toContain('result:\n2');
    });

    it('describes the tool in 1,500 characters', () => {
      const description = adapter.description(engine);
      expect(description).toContain('Python');
      expect(description).toContain('no network');
      expect(description.length).toBeLessThanOrEqual(1_500);
    });
  });
}
