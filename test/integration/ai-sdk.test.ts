import { createCodeExecutionTool } from '@belljar/ai-sdk';
import { createEngine, type Engine, type Execution } from '@belljar/core';
import { probeEnvironment } from '@belljar/core/tool';
import { generateText, isStepCount, streamText, type Tool, ToolLoopAgent } from 'ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeAdapter } from '../contracts/adapter-contract.js';
import { aiSdkDriver } from './ai-sdk-driver.js';
import { modelThatCalls, seenByModel } from './ai-sdk-model.js';

const stopWhen = isStepCount(2);

describeAdapter('@belljar/ai-sdk', aiSdkDriver);

describe('@belljar/ai-sdk', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine();
  }, 60_000);
  afterAll(() => engine.close());

  it('takes the conversation from the context of the agent', async () => {
    const contextSchema = z.object({ conversation: z.string() });
    const execute_code = createCodeExecutionTool({
      engine,
      contextSchema,
      key: ({ context }) => context.conversation,
    });
    const ask = async (conversation: string, code: string) => {
      const model = modelThatCalls('execute_code', [{ code }]);
      const toolsContext = { execute_code: { conversation } };
      const agent = new ToolLoopAgent({ model, tools: { execute_code }, toolsContext });
      await agent.generate({ prompt: 'go' });
      return seenByModel(model).text;
    };
    await ask('context-1', 'x = 1');
    expect(await ask('context-1', 'x')).toContain('result:\n1');
    expect(await ask('context-2', 'x')).toContain('NameError');
  });

  it('runs in the sandbox given, and reports each execution', async () => {
    const sandbox = await engine.createSandbox();
    const seen: string[] = [];
    const executions: Execution[] = [];
    const execute_code = createCodeExecutionTool({
      sandbox,
      onCode: (code) => seen.push(`code ${code}`),
      onStdout: (text) => seen.push(`stdout ${text.trim()}`),
      onExecution: (execution, { id }) => {
        executions.push(execution);
        seen.push(`${execution.status} in ${id === sandbox.id}`);
      },
    });
    const model = modelThatCalls('execute_code', [{ code: '```\nprint(1)\n```' }]);
    await generateText({ model, prompt: 'go', tools: { execute_code }, stopWhen });
    expect(seen).toEqual(['code print(1)', 'stdout 1', 'ok in true']);
    expect(executions[0]?.stdout).toBe('1\n');
  });

  it('answers with plain JSON: status, text, images and names of files', async () => {
    const sandbox = await engine.createSandbox();
    const execute_code = createCodeExecutionTool({ sandbox });
    const model = modelThatCalls('execute_code', [{ code: 'open("a.txt", "w").write("hi")' }]);
    const result = await generateText({ model, prompt: 'go', tools: { execute_code }, stopWhen });
    const output = result.steps[0]?.toolResults[0]?.output;
    expect(JSON.parse(JSON.stringify(output))).toEqual({
      status: 'ok',
      text: 'status: ok\nresult:\n2\nfiles: a.txt (created, 2 bytes)',
      images: [],
      files: [{ name: 'a.txt', sizeBytes: 2, mimeType: 'text/plain', change: 'created' }],
      executionId: expect.any(String),
      sandboxId: sandbox.id,
    });
  });

  it('gives the answer to a streaming agent, too', async () => {
    const model = modelThatCalls('execute_code', [{ code: '6 * 7' }]);
    const tools = { execute_code: createCodeExecutionTool({ engine, key: 'stream' }) };
    const result = streamText({ model, prompt: 'go', tools, stopWhen });
    await result.consumeStream();
    expect(seenByModel(model).text).toContain('result:\n42');
  });

  it('ends the code when the reader of its partial output leaves', async () => {
    const sandbox = await engine.createSandbox();
    const execute_code = createCodeExecutionTool({ sandbox });
    const call = { toolCallId: '1', messages: [], context: {} };
    const code = 'print("begun", flush=True)\nimport time\ntime.sleep(60)';
    const outputs = execute_code.execute?.({ code }, call) as AsyncIterable<{ status: string }>;
    for await (const { status } of outputs) {
      expect(status).toBe('running');
      break;
    }
    await sandbox.execute('1');
    const statuses: string[] = [];
    for await (const entry of sandbox.executions()) statuses.push(entry.status);
    expect(statuses).toEqual(['cancelled', 'ok']);
  });

  it('throws for a failure of the host, which the model reads as an error', async () => {
    const closed = await createEngine();
    await closed.close();
    const execute_code = createCodeExecutionTool({ engine: closed, key: 'k' });
    const model = modelThatCalls('execute_code', [{ code: '1' }]);
    await generateText({ model, prompt: 'go', tools: { execute_code }, stopWhen });
    expect(seenByModel(model).text).toMatch(/closed/);
  });

  it('refuses to run without a key', async () => {
    const execute_code = createCodeExecutionTool({ engine, key: () => '' });
    const model = modelThatCalls('execute_code', [{ code: '1' }]);
    await generateText({ model, prompt: 'go', tools: { execute_code }, stopWhen });
    expect(seenByModel(model).text).toMatch(/no key for this conversation/);
  });

  it('describes the interpreter as probed', async () => {
    const environment = await probeEnvironment(engine);
    expect(environment.version).toMatch(/^3\.\d+\.\d+/);
    const execute_code: Tool = createCodeExecutionTool({ engine, key: 'k', environment });
    const description = String(execute_code.description);
    expect(description).toContain(`Python ${environment.version}`);
    for (const { name, version } of environment.libraries.slice(0, 3)) {
      expect(description).toContain(`${name} ${version}`.trim());
    }
  });
});
