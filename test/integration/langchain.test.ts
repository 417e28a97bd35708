/** What LangChain and LangGraph bring beside the adapter contract: threads, streams, state. */
import { createEngine, type Engine, type Execution } from '@belljar/core';
import { jsonBytes, MAX_STATE_BYTES } from '@belljar/core/tool';
import {
  createCodeExecutionTool,
  createFileTools,
  type PartialOutputEvent,
} from '@belljar/langchain';
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { fakeModel } from '@langchain/core/testing';
import { convertToOpenAITool } from '@langchain/core/utils/function_calling';
import { END, MemorySaver, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { createAgent } from 'langchain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeAdapter } from '../contracts/adapter-contract.js';
import { plainPython } from '../helpers/test-engine.js';
import { langchainDriver, modelThatCalls, seenIn } from './langchain-driver.js';

describeAdapter('@belljar/langchain', langchainDriver);

describe('@belljar/langchain', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ python: plainPython });
  });
  afterAll(() => engine.close());

  const go = { messages: [{ role: 'user', content: 'go' }] };
  const inThread = (thread_id: string) => ({ configurable: { thread_id } });

  it('gives each thread a sandbox of its own, that of its id', async () => {
    const tools = [createCodeExecutionTool({ engine })];
    const ask = async (thread: string, code: string) => {
      const model = modelThatCalls('execute_code', { code });
      await createAgent({ model, tools }).invoke(go, inThread(thread));
      return seenIn(model.calls.at(-1)?.messages).text;
    };
    await Promise.all([ask('thread-1', 'secret = 1'), ask('thread-2', 'other = 2')]);
    expect(await ask('thread-1', 'secret')).toContain('result:\n1');
    expect(await ask('thread-2', 'secret')).toContain('NameError');
    const sandbox = await engine.openSandbox({ key: 'thread-1' });
    expect((await sandbox.execute('secret')).result).toMatchObject({ 'text/plain': '1' });
  });

  it('refuses to share a sandbox between calls without a thread', async () => {
    const call = { type: 'tool_call', id: '1', name: 'execute_code', args: { code: '1' } } as const;
    await expect(createCodeExecutionTool({ engine }).invoke(call)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('configurable.thread_id'),
    });
  });

  it('takes a sandbox, or a function of the runtime, and runs without an agent', async () => {
    const sandbox = await engine.createSandbox();
    const given = createCodeExecutionTool({ sandbox });
    expect(await given.invoke({ code: 'x = 1' })).toMatchObject([{ type: 'text' }]);
    const chosen = createCodeExecutionTool({
      sandbox: async ({ context }) => engine.getSandbox((context as { id: string }).id),
    });
    const model = modelThatCalls('execute_code', { code: 'x' });
    await createAgent({ model, tools: [chosen] }).invoke(go, { context: { id: sandbox.id } });
    expect(seenIn(model.calls.at(-1)?.messages).text).toContain('result:\n1');
  });

  it("works in LangGraph's own tool node, with partial output in the custom stream", async () => {
    const tools = new ToolNode([createCodeExecutionTool({ engine })]);
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('tools', tools)
      .addEdge(START, 'tools')
      .addEdge('tools', END)
      .compile({ checkpointer: new MemorySaver() });
    const call = {
      type: 'tool_call',
      id: 'c1',
      name: 'execute_code',
      args: { code: 'print(6*7)' },
    };
    const asked = new AIMessage({ content: '', tool_calls: [call as never] });
    const config = { ...inThread('graph'), streamMode: ['custom', 'updates'] } as const;
    const stream = await graph.stream(
      { messages: [asked] },
      { ...config, streamMode: ['custom', 'updates'] },
    );
    const events: [string, unknown][] = [];
    for await (const event of stream) events.push(event as [string, unknown]);
    expect(events[0]).toEqual([
      'custom',
      {
        tool: 'execute_code',
        toolCallId: 'c1',
        status: 'running',
        text: 'status: running\n42\n',
        sandboxId: expect.any(String),
      } satisfies PartialOutputEvent,
    ]);
    expect(events.at(-1)).toMatchObject([
      'updates',
      { tools: { messages: [{ tool_call_id: 'c1', artifact: { status: 'ok', stdout: '42\n' } }] } },
    ]);
  });

  it('shows a real model class what the tools take', () => {
    const code = createCodeExecutionTool({ engine });
    const files = createFileTools({ engine });
    expect(files.map(({ name }) => name)).toEqual(['list_files', 'read_file', 'write_file']);
    expect(convertToOpenAITool(code)).toMatchObject({
      type: 'function',
      function: {
        name: 'execute_code',
        parameters: {
          type: 'object',
          properties: { code: { type: 'string' } },
          required: ['code'],
        },
      },
    });
    expect(convertToOpenAITool(files[1] as (typeof files)[0]).function.parameters).toMatchObject({
      properties: { path: { type: 'string' }, offset: { type: 'integer' } },
      required: ['path'],
    });
  });

  it('leaves names and cut text in a checkpoint, never the bytes of a 50 MB file', async () => {
    const checkpointer = new MemorySaver();
    const executions: Execution[] = [];
    const onExecution = (execution: Execution) => void executions.push(execution);
    const tools = [createCodeExecutionTool({ engine, onExecution })];
    const code = `
open("big.bin", "wb").write(b"SECRET!!" * 6_553_600)
print("z" * 5_000_000)
open("big.bin", "rb").read()`;
    const model = modelThatCalls('execute_code', { code });
    await createAgent({ model, tools, checkpointer }).invoke(go, inThread('large'));
    const kept = Object.values(checkpointer.storage.large ?? {}).flatMap((checkpoints) =>
      Object.values(checkpoints)
        .flat()
        .map((part) => Buffer.from(part ?? '')),
    );
    expect(kept.length).toBeGreaterThan(2);
    expect(Math.max(...kept.map(({ length }) => length))).toBeLessThanOrEqual(MAX_STATE_BYTES);
    const tuple = await checkpointer.getTuple(inThread('large'));
    const messages = tuple?.checkpoint.channel_values.messages as BaseMessage[];
    const answer = messages.find((message) => ToolMessage.isInstance(message));
    expect(answer?.artifact).toMatchObject({
      status: 'ok',
      executionId: executions[0]?.id,
      files: [{ name: 'big.bin', sizeBytes: 52_428_800, change: 'created' }],
    });
    expect(jsonBytes(answer)).toBeLessThanOrEqual(MAX_STATE_BYTES);
    const [file] = executions[0]?.files ?? [];
    expect((await file?.bytes())?.length).toBe(52_428_800);
  });

  it('lets a failure of the host reach the application', async () => {
    const closed = await createEngine();
    await closed.close();
    const call = { code: '1' };
    const tool = createCodeExecutionTool({ engine: closed, key: 'k' });
    await expect(tool.invoke(call)).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
  });

  it('keeps going after a call that no model should make', async () => {
    const model = fakeModel()
      .respondWithTools([{ name: 'execute_code', args: { python: '1' } }])
      .respondWithTools([{ name: 'execute_code', args: { code: '6 * 7' } }])
      .respond(new AIMessage('done'));
    const tools = [createCodeExecutionTool({ engine })];
    await createAgent({ model, tools }).invoke(go, inThread('again'));
    expect(seenIn(model.calls[1]?.messages).text).toContain('Send the whole program');
    expect(seenIn(model.calls[2]?.messages).text).toContain('result:\n42');
  });
});
