import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createEngine, type Engine } from '@belljar/core';
import { createCodeExecutionTool, createFileTools } from '@belljar/gemini';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAdapter } from '../contracts/adapter-contract.js';
import { repositoryRoot } from '../helpers/source-files.js';
import { plainPython } from '../helpers/test-engine.js';
import { geminiDriver } from './gemini-driver.js';
import { calls, responsesIn, startGeminiServer } from './gemini-server.js';

describeAdapter('@belljar/gemini', geminiDriver);

const run = promisify(execFile);
const model = 'gemini-test';
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SHOW_PIXEL = `
import base64
class Picture:
    def _repr_png_(self):
        return base64.b64decode('${PIXEL}')
Picture()`;

describe('@belljar/gemini', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ python: plainPython });
  });
  afterAll(() => engine.close());

  it('streams the call, its answer and the text', async () => {
    await using server = await startGeminiServer([calls('execute_code', { code: '6 * 7' }, 'c1')]);
    const tools = [createCodeExecutionTool({ engine, key: 'stream' })];
    const config = { tools };
    const stream = await server.client.models.generateContentStream({
      model,
      contents: 'go',
      config,
    });
    const parts = [];
    for await (const chunk of stream) parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
    expect(parts.map((part) => Object.keys(part)[0])).toEqual([
      'functionCall',
      'functionResponse',
      'text',
    ]);
    expect(parts[1]?.functionResponse).toEqual({
      id: 'c1',
      name: 'execute_code',
      response: { output: 'status: ok\nresult:\n42\nchanged: nothing' },
    });
  });

  it('answers each call of a model once, in their order, with several tools in a chat', async () => {
    await using server = await startGeminiServer(
      [
        calls('write_file', { path: 'a.txt', content: '41' }, 'c1'),
        calls('execute_code', { code: 'x = int(open("a.txt").read())' }, 'c2'),
        calls('execute_code', { code: 'x + 1' }, 'c3'),
      ],
      [{ text: 'first' }],
      [calls('execute_code', { code: 'x + 2' }, 'c4')],
    );
    const sandbox = await engine.createSandbox();
    // The SDK gives all calls to each tool: the files' first, as it stands first.
    const tools = [createFileTools({ sandbox }), createCodeExecutionTool({ sandbox })];
    const chat = server.client.chats.create({ model, config: { tools } });
    expect((await chat.sendMessage({ message: 'go' })).text).toBe('first');
    expect((await chat.sendMessage({ message: 'on' })).text).toBe('done');
    const answers = responsesIn(server.requests.at(-1)?.contents);
    expect(answers.map(({ id }) => id)).toEqual(['c1', 'c2', 'c3', 'c4']);
    expect(answers[2]?.response?.output).toContain('result:\n42');
    expect(answers[3]?.response?.output).toContain('result:\n43');
  });

  it('declares its functions and answers calls for those who loop themselves', async () => {
    await using server = await startGeminiServer([calls('execute_code', { code: '6 * 7' }, 'c1')]);
    const tool = createCodeExecutionTool({ engine, key: 'loop' });
    const files = createFileTools({ engine, key: 'loop' });
    const functionDeclarations = [...tool.functionDeclarations, ...files.functionDeclarations];
    const config = { tools: [{ functionDeclarations }] };
    const response = await server.client.models.generateContent({ model, contents: 'go', config });
    const [sent] = server.requests[0]?.tools ?? [];
    expect(sent?.functionDeclarations?.map(({ name }) => name)).toEqual([
      'execute_code',
      'list_files',
      'read_file',
      'write_file',
    ]);
    expect(sent?.functionDeclarations?.[0]?.parametersJsonSchema).toEqual({
      type: 'object',
      properties: { code: { type: 'string', description: expect.any(String) } },
      required: ['code'],
    });
    const [part] = await tool.callTool(response.functionCalls ?? []);
    expect(part?.functionResponse).toMatchObject({ id: 'c1', name: 'execute_code' });
    expect(part?.functionResponse?.response?.output).toContain('result:\n42');
  });

  it('answers an executableCode part with its result, and images after it', async () => {
    const tool = createCodeExecutionTool({ engine, key: 'parts', timeoutMs: 500 });
    const answer = (code: string) => tool.answerExecutableCode({ executableCode: { code } });
    expect(await tool.answerExecutableCode({ text: 'x = 1' })).toEqual([]);
    expect(await tool.answerExecutableCode({ executableCode: { id: 'e1', code: '1' } })).toEqual([
      {
        codeExecutionResult: {
          id: 'e1',
          outcome: 'OUTCOME_OK',
          output: 'status: ok\nresult:\n1\nchanged: nothing',
        },
      },
    ]);
    expect(await answer('1 / 0')).toMatchObject([
      { codeExecutionResult: { outcome: 'OUTCOME_FAILED' } },
    ]);
    expect(await answer('while True: pass')).toMatchObject([
      { codeExecutionResult: { outcome: 'OUTCOME_DEADLINE_EXCEEDED' } },
    ]);
    expect(await answer(SHOW_PIXEL)).toMatchObject([
      { codeExecutionResult: { outcome: 'OUTCOME_OK' } },
      { inlineData: { mimeType: 'image/png', data: PIXEL } },
    ]);
  });

  it('asks the model no more after an abort, and takes a new signal for each request', async () => {
    const code = 'print("begun", flush=True)\nimport time\ntime.sleep(60)';
    await using server = await startGeminiServer(
      [calls('execute_code', { code })],
      [calls('execute_code', { code: '6 * 7' })],
    );
    let controller = new AbortController();
    const tool = createCodeExecutionTool({
      engine,
      key: 'signals',
      signal: () => controller.signal,
      onStdout: () => controller.abort(),
    });
    const ask = () =>
      server.client.models.generateContent({ model, contents: 'go', config: { tools: [tool] } });
    await expect(ask()).rejects.toMatchObject({ name: 'AbortError' });
    expect(server.requests).toHaveLength(1);
    controller = new AbortController();
    expect((await ask()).text).toBe('done');
  });

  it('describes the interpreter as it is, without being told', async () => {
    await using server = await startGeminiServer();
    const { stdout } = await engine.run({
      code: 'import platform; print(platform.python_version())',
    });
    const tools = [createCodeExecutionTool({ engine, key: 'described' })];
    await server.client.models.generateContent({ model, contents: 'go', config: { tools } });
    const [declared] = server.requests[0]?.tools?.[0]?.functionDeclarations ?? [];
    expect(declared?.description).toContain(`Python ${stdout.trim()} code`);
  });

  it('throws for a failure of the host: the application learns it, not the model', async () => {
    const closed = await createEngine({ python: plainPython });
    await closed.close();
    await using server = await startGeminiServer([calls('execute_code', { code: '1' })]);
    const tools = [createCodeExecutionTool({ engine: closed, key: 'k' })];
    const asked = server.client.models.generateContent({
      model,
      contents: 'go',
      config: { tools },
    });
    await expect(asked).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
  });

  it('does what its README says', async () => {
    await using server = await startGeminiServer([calls('execute_code', { code: '6 * 7' })]);
    const readme = readFileSync(join(repositoryRoot, 'packages/gemini/README.md'), 'utf8');
    const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    // Without the libraries: where they are not installed yet, that takes minutes.
    const plain = program.replace("{ python: { packages: 'data' } }", '');
    expect(plain).not.toBe(program);
    const env = { ...process.env, GEMINI_API_KEY: 'k', GOOGLE_GEMINI_BASE_URL: server.baseUrl };
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '--eval', `${plain}\nconsole.log(text);`],
      { cwd: repositoryRoot, env },
    );
    expect(stdout).toBe('done\n');
    const [answer] = responsesIn(server.requests[1]?.contents);
    expect(answer?.response?.output).toContain('result:\n42');
  });

  it('loads without the Agent Development Kit', async () => {
    const program = `
      import { registerHooks } from 'node:module';
      registerHooks({
        resolve(name, context, next) {
          if (name.startsWith('@google/adk')) throw new Error('not installed: ' + name);
          return next(name, context);
        },
      });
      const main = await import('@belljar/gemini');
      const adk = await import('@belljar/gemini/adk').catch((error) => error.message);
      console.log(Object.keys(main).join(), adk);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: repositoryRoot,
    });
    expect(stdout).toBe('createCodeExecutionTool,createFileTools not installed: @google/adk\n');
  });
});
