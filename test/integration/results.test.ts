/** Values, top-level await, data frames and figures. */
import type { Execution, Sandbox } from '@belljar/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { requires } from '../helpers/requires.js';
import { useSandboxes } from '../helpers/test-engine.js';

/** With the data packages, where nobody named another interpreter. */
const create = useSandboxes({
  python: process.env.BELLJAR_PYTHON ? { poolSize: 1 } : { packages: 'data', poolSize: 1 },
  onWarning: () => {},
});
const withData = await requires('a Python with pandas and matplotlib', async () => {
  const sandbox = await create();
  const { error } = await sandbox.execute('import pandas, matplotlib');
  return error ? `${error.message}; setupPython() installs it` : true;
});

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await create();
});

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Width and height of a PNG, read from its header. */
function pngSize(base64: unknown): { width: number; height: number } {
  const bytes = Buffer.from(String(base64), 'base64');
  expect(bytes.subarray(0, 8)).toEqual(PNG);
  expect(bytes.toString('latin1', 12, 16)).toBe('IHDR');
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

const ok = async (code: string): Promise<Execution> => {
  const execution = await sandbox.execute(code);
  expect(execution.error).toBeUndefined();
  return execution;
};

describe('results', () => {
  it('are the last expression, and undefined without one', async () => {
    expect((await ok('1\n2')).result).toMatchObject({ 'text/plain': '2' });
    expect((await ok('x = 1')).result).toBeUndefined();
    expect((await ok('None')).result).toBeUndefined();
    expect((await ok('')).result).toBeUndefined();
  });

  it('have JSON for lists and dictionaries', async () => {
    const { result } = await ok('{"a": [1, 2.5, None, True, "ü"]}');
    expect(result?.['application/json']).toEqual({ a: [1, 2.5, null, true, 'ü'] });
  });

  it('leave JSON out that no reader can take, and stay readable by their id', async () => {
    await ok('deep = []\nfor _ in range(300): deep = [deep]');
    const request = { code: 'deep', executionId: 'deep' };
    for (const execution of [await sandbox.execute(request), await sandbox.execute(request)]) {
      expect(execution.status).toBe('ok');
      expect(Object.keys(execution.result ?? {})).toEqual(['text/plain']);
    }
    const { displays, truncated } = await ok('display({"application/json": deep}, raw=True)');
    expect(truncated).toBe(true);
    expect(displays.map((bundle) => Object.keys(bundle))).toEqual([['text/plain']]);
  });

  it('have the forms that an object gives of itself', async () => {
    const { result } = await ok(`
class Both:
    def __repr__(self): return 'plain'
    def _repr_html_(self): return '<b>rich</b>'
    def _repr_png_(self): return b'\\x89PNG'
Both()`);
    expect(result).toEqual({
      'text/plain': 'plain',
      'text/html': '<b>rich</b>',
      'image/png': Buffer.from('\x89PNG', 'latin1').toString('base64'),
    });
  });

  it('can be awaited at top level', async () => {
    const { result } = await ok(`
import asyncio
async def double(x):
    await asyncio.sleep(0)
    return 2 * x
sum(await asyncio.gather(double(1), double(2)))`);
    expect(result).toMatchObject({ 'text/plain': '6' });
  });

  it('are JSON as they are', async () => {
    const execution = await ok('print("a")\ndisplay(1)\nopen("f.txt", "w").write("f");\n[1]');
    const { files, ...rest } = execution;
    expect(JSON.parse(JSON.stringify(rest))).toEqual(rest);
    expect(JSON.parse(JSON.stringify(files))).toMatchObject([{ name: 'f.txt', sizeBytes: 1 }]);
  });

  it('show no path of the host in a traceback', async () => {
    const { error } = await sandbox.execute('def f():\n  return 1 / 0\nimport json\nf()');
    expect(error).toMatchObject({ name: 'ZeroDivisionError', message: 'division by zero' });
    expect(error?.traceback).toContain('return 1 / 0');
    expect(error?.traceback).not.toMatch(/belljar_runtime|site-packages|\/home|\/root/);
  });

  it('refuse input() with a sentence', async () => {
    const { error } = await sandbox.execute('input("name? ")');
    expect(error?.message).toMatch(/\w+ \w+/);
    expect((await sandbox.execute('1')).status).toBe('ok');
  });
});

describe('data', () => {
  withData('a data frame is shown as HTML', async () => {
    const { result } = await ok('import pandas as pd\npd.DataFrame({"a": [1, 2]})');
    expect(result?.['text/html']).toContain('<table');
    expect(result?.['text/plain']).toContain('a');
  });

  withData('a frame read from a file that came in can be used in the next call', async () => {
    const files = [{ name: 'in/sales.csv', content: 'day,amount\n1,10\n2,32\n' }];
    await sandbox.execute({ code: 'df = pd.read_csv("in/sales.csv")', files });
    expect((await ok('int(df.amount.sum())')).result).toMatchObject({ 'text/plain': '42' });
    expect(await sandbox.variables()).toContainEqual(
      expect.objectContaining({ name: 'df', type: expect.stringMatching(/DataFrame$/) }),
    );
  });

  withData('a figure that is open at the end is captured once as PNG', async () => {
    const { displays, result } = await ok(`
import matplotlib.pyplot as plt
fig = plt.figure(figsize=(3, 2), dpi=100)
_ = plt.plot([1, 2, 3])`);
    expect(result).toBeUndefined();
    expect(displays).toHaveLength(1);
    const { width, height } = pngSize(displays[0]?.['image/png']);
    expect(width).toBeGreaterThan(200);
    expect(height).toBeGreaterThan(130);
    expect((await ok('1')).displays).toEqual([]);
  });

  withData('figures come in order with prints', async () => {
    const { outputs } = await ok(`
for name in 'ab':
    print(name)
    plt.plot([1, 2])
    plt.show()`);
    expect(outputs.map(({ type }) => type)).toEqual(['stdout', 'display', 'stdout', 'display']);
  });

  withData('a figure that is saved is a file of the execution', async () => {
    const { files } = await ok('plt.plot([1, 2])\nplt.savefig("chart.png")\nplt.close()');
    expect(files).toMatchObject([{ name: 'chart.png', mimeType: 'image/png', change: 'created' }]);
    pngSize(Buffer.from((await files[0]?.bytes()) ?? []).toString('base64'));
  });

  withData(
    'a matrix product of a size that uses several threads elsewhere comes back',
    async () => {
      const code = 'import numpy as np\na = np.ones((600, 600))\nfloat((a @ a).sum())';
      expect((await ok(code)).result).toMatchObject({ 'text/plain': '216000000.0' });
    },
  );
});
