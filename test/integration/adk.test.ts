import { createEngine, type Engine } from '@belljar/core';
import { BelljarCodeExecutor, createCodeExecutionTool } from '@belljar/gemini/adk';
import { Gemini } from '@google/adk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAdapter } from '../contracts/adapter-contract.js';
import { plainPython } from '../helpers/test-engine.js';
import { adkDriver, FakeLlm, runAgent } from './adk-driver.js';
import { calls, responsesIn, startGeminiServer } from './gemini-server.js';

describeAdapter('@belljar/gemini/adk', adkDriver);

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
/** Backwards in the code: the image's base64 is then nowhere but in the image. */
const SHOW_PIXEL = `
import base64
class Picture:
    def _repr_png_(self):
        return base64.b64decode('${[...PIXEL].reverse().join('')}'[::-1])
Picture()`;

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine({ python: plainPython });
});
afterAll(() => engine.close());

describe('the tool for ADK agents', () => {
  const run = async (code: string, options: Parameters<typeof runAgent>[2] = {}) => {
    const model = new FakeLlm([calls('execute_code', { code })]);
    const ran = await runAgent({ tools: [createCodeExecutionTool({ engine })] }, model, options);
    const [seen] = responsesIn(model.requests[1]?.contents);
    return { ...ran, seen, text: String(seen?.response?.output) };
  };

  it('has a sandbox for each session, found again by the session', async () => {
    const { sessionId } = await run('x = 41');
    expect((await run('x + 1', { sessionId })).text).toContain('result:\n42');
    expect((await run('x + 1')).text).toContain('NameError');
  });

  it('saves an image as an artifact: events name it, and the model sees it', async () => {
    const { seen, events, runner, sessionId } = await run(SHOW_PIXEL);
    expect(seen?.parts).toEqual([{ inlineData: { mimeType: 'image/png', data: PIXEL } }]);
    expect(JSON.stringify(events)).not.toContain(PIXEL);
    const [filename = ''] = (seen?.response?.images ?? []) as string[];
    expect(events.some(({ actions }) => actions.artifactDelta[filename] === 0)).toBe(true);
    const at = { appName: 'app', userId: 'ada', sessionId, filename };
    const saved = await runner.artifactService?.loadArtifact(at);
    expect(saved?.inlineData).toEqual({ mimeType: 'image/png', data: PIXEL });
  });

  it("sends the image by the protocol of the ADK's own Gemini", async () => {
    await using server = await startGeminiServer([calls('execute_code', { code: SHOW_PIXEL })]);
    const httpOptions = { baseUrl: server.baseUrl };
    const config = {
      tools: [createCodeExecutionTool({ engine })],
      generateContentConfig: { httpOptions },
    };
    await runAgent(config, new Gemini({ model: 'gemini-test', apiKey: 'none' }));
    const [seen] = responsesIn(server.requests[1]?.contents);
    expect(seen?.response?.output).toContain('images: 1 attached');
    expect(seen?.parts).toEqual([{ inlineData: { mimeType: 'image/png', data: PIXEL } }]);
  });

  it('tells the model that it sees no image where the session has no artifacts', async () => {
    const { seen, text } = await run(SHOW_PIXEL, { artifacts: false });
    expect(seen?.parts).toBeUndefined();
    expect(text).toContain('images: 1, shown to the user but not to you');
  });

  it('tells the model of a failure of the host as an error', async () => {
    const closed = await createEngine({ python: plainPython });
    await closed.close();
    const model = new FakeLlm([calls('execute_code', { code: '1' })]);
    await runAgent({ tools: [createCodeExecutionTool({ engine: closed })] }, model);
    const [seen] = responsesIn(model.requests[1]?.contents);
    expect(seen?.response?.error).toMatch(/closed/);
  });
});

describe('BelljarCodeExecutor', () => {
  const fenced = (code: string) => [{ text: `I try:\n\`\`\`python\n${code}\n\`\`\`\nDone.` }];
  /** What the model read last, when it says `turns` one after the other. */
  const talk = async (...turns: unknown[][]) => {
    const model = new FakeLlm(...turns);
    const codeExecutor = new BelljarCodeExecutor({ engine });
    const responseProcessors = [codeExecutor.responseProcessor];
    const ran = await runAgent({ codeExecutor, responseProcessors }, model);
    const texts = model.requests.map(({ contents }) => contents.at(-1)?.parts?.at(-1)?.text);
    return { ...ran, texts };
  };

  it('is not called by the ADK for the code of a model, without its response processor', async () => {
    const model = new FakeLlm(fenced('print(6 * 7)'));
    const { events } = await runAgent({ codeExecutor: new BelljarCodeExecutor({ engine }) }, model);
    expect(model.requests).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain('codeExecutionResult');
  });

  it('runs the code block of an answer, and the model reads the result', async () => {
    const { texts, events } = await talk(fenced('x = 6\nprint(x * 7)'), fenced('print(x * 8)'), [
      { executableCode: { code: 'x * 9', language: 'PYTHON' } },
    ]);
    expect(texts).toEqual([
      'go',
      expect.stringMatching(/^```tool_output\nstatus: ok\nstdout:\n42\n/),
      expect.stringContaining('stdout:\n48\n'),
      expect.stringContaining('result:\n54\n'),
    ]);
    const said = events.flatMap(({ content }) => content?.parts ?? []);
    expect(said.at(-1)).toEqual({ text: 'done' });
    expect(JSON.stringify(said)).not.toContain('Done.');
  });

  it('stops after two failures in a row', async () => {
    const { texts, events } = await talk(fenced('1 / 0'), fenced('1 / 0'), fenced('1 / 0'));
    expect(texts).toHaveLength(3);
    expect(texts[2]).toContain('ZeroDivisionError');
    expect(events.at(-1)?.content?.parts?.[0]?.text).toContain('Done.');
  });

  it('saves files and images as artifacts', async () => {
    const { runner, sessionId, events } = await talk(
      fenced(`open("out.csv", "w").write("a,b")\n${SHOW_PIXEL}`),
    );
    const at = { appName: 'app', userId: 'ada', sessionId };
    const names = (await runner.artifactService?.listArtifactKeys(at)) ?? [];
    expect(names.toSorted()).toEqual([expect.stringMatching(/-1\.png$/), 'out.csv']);
    const saved = await runner.artifactService?.loadArtifact({ ...at, filename: 'out.csv' });
    expect(Buffer.from(saved?.inlineData?.data ?? '', 'base64').toString()).toBe('a,b');
    expect(JSON.stringify(events)).not.toContain(PIXEL);
  });

  it('saves no file among the artifacts of other sessions, whatever its name', async () => {
    const { runner, sessionId } = await talk(fenced('open("user:notes.txt", "w").write("mine")'));
    const keys = (id: string) =>
      runner.artifactService?.listArtifactKeys({ appName: 'app', userId: 'ada', sessionId: id });
    expect(await keys(sessionId)).toEqual(['./user:notes.txt']);
    expect(await keys('another')).toEqual([]);
  });

  it('is given the CSV files of a message, and writes them into the sandbox', async () => {
    const codeExecutor = new BelljarCodeExecutor({ engine, key: 'csv' });
    codeExecutor.optimizeDataFile = true;
    const data = Buffer.from('a,b\n1,2\n').toString('base64');
    const parts = [{ inlineData: { mimeType: 'text/csv', data } }];
    await runAgent({ codeExecutor }, new FakeLlm(), { parts });
    const sandbox = await engine.openSandbox({ key: 'csv' });
    expect(Buffer.from(await sandbox.files.read('data_1_1.csv')).toString()).toBe('a,b\n1,2\n');
  });

  it('refuses a language that its sandbox does not run', async () => {
    const executor = new BelljarCodeExecutor({ engine, key: 'shell' });
    const { stderr } = await executor.executeCode({
      invocationContext: {} as never,
      codeExecutionInput: { code: 'ls', language: 'shell' as never, inputFiles: [] },
    });
    expect(stderr).toBe('Only python code can be run.');
  });
});
