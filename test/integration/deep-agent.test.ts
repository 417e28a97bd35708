/** A deep agent on `BelljarBackend`, with the framework's own tools and a model of its test kit. */
import { randomUUID } from 'node:crypto';
import type { Engine } from '@belljar/core';
import { MAX_STATE_BYTES } from '@belljar/core/tool';
import { createCodeExecutionTool } from '@belljar/langchain';
import { BelljarBackend } from '@belljar/langchain/deepagents';
import { AIMessage, type BaseMessage, ToolMessage } from '@langchain/core/messages';
import { fakeModel } from '@langchain/core/testing';
import { MemorySaver } from '@langchain/langgraph';
import { createDeepAgent } from 'deepagents';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDirectories } from '../helpers/sqlite-stores.js';
import { plainPython, useEngines } from '../helpers/test-engine.js';

const newDirectory = useDirectories();
const open = useEngines();
let engine: Engine;
beforeAll(async () => {
  engine = await open();
});

type Call = [name: string, args: Record<string, unknown>];
const REPEAT = 'repeat';

function callOf(name: string, args: Record<string, unknown>): AIMessage {
  const call = { type: 'tool_call', id: randomUUID(), name, args } as const;
  return new AIMessage({ content: '', tool_calls: [call] });
}

/** Makes the calls one after the other; `repeat` ends the (sub)agent with what it read last. */
function modelThatDoes(steps: readonly (Call | typeof REPEAT)[]) {
  const model = fakeModel();
  for (const step of [...steps, REPEAT] as const) {
    if (step === REPEAT) model.respond((messages) => new AIMessage(messages.at(-1)?.text ?? ''));
    else model.respond(callOf(...step));
  }
  return model;
}

const go = { messages: [{ role: 'user', content: 'go' }] };
const inThread = (thread_id: string) => ({ configurable: { thread_id } });

/** What the agent read of each of its calls. */
async function read(
  thread: string,
  steps: readonly (Call | typeof REPEAT)[],
  { on = engine, checkpointer }: { on?: Engine; checkpointer?: MemorySaver } = {},
): Promise<string[]> {
  const agent = createDeepAgent({
    model: modelThatDoes(steps),
    backend: new BelljarBackend({ engine: on }),
    tools: [createCodeExecutionTool({ engine: on })],
    ...(checkpointer && { checkpointer }),
  });
  const { messages } = await agent.invoke(go, inThread(thread));
  return (messages as BaseMessage[]).flatMap((one) =>
    ToolMessage.isInstance(one) ? [one.text] : [],
  );
}

describe('a deep agent', () => {
  it('has one file system for its file tools, its shell and its code', async () => {
    const path = '/src/add.py';
    const answers = await read('whole', [
      ['write_file', { file_path: path, content: 'def add(a, b):\n    return a - b\n' }],
      ['edit_file', { file_path: path, old_string: 'a - b', new_string: 'a + b' }],
      ['execute', { command: 'cd src && python3 -c "import add; print(add.add(20, 22))"' }],
      ['execute_code', { code: 'open("result.txt", "w").write("forty-two\\n");' }],
      ['read_file', { file_path: '/result.txt' }],
      ['grep', { pattern: 'forty', path: '/' }],
      ['glob', { pattern: 'src/*.py' }],
      ['ls', { path: '/' }],
      ['delete', { file_path: '/result.txt' }],
      ['read_file', { file_path: '/result.txt' }],
    ]);
    const [written, edited, executed, ran, page, found, globbed, listed, deleted, missing] =
      answers;
    expect(written).toBe("Successfully wrote to '/src/add.py'");
    expect(edited).toBe("Successfully replaced 1 occurrence(s) in '/src/add.py'");
    expect(executed).toBe('42\n[Command succeeded with exit code 0]');
    expect(ran).toContain('files: result.txt (created, 10 bytes)');
    expect(page).toBe('@@ lines 1-1 of 1 @@\nforty-two');
    expect(found).toMatch(/\/result\.txt:.*\n?.*1: ?forty-two/);
    expect(globbed).toContain('/src/add.py');
    expect(listed).toBe('/result.txt (10 bytes)\n/src/ (directory)');
    expect(deleted).toBe('Deleted /result.txt');
    expect(missing).toBe("Error: File '/result.txt' not found");
  });

  it('shares it with its subagents, and with no other thread', async () => {
    const answers = await read('parent', [
      ['write_file', { file_path: '/plan.md', content: 'the plan' }],
      ['task', { description: 'read the plan', subagent_type: 'general-purpose' }],
      ['execute', { command: 'cat plan.md' }],
      REPEAT,
    ]);
    expect(answers[1]).toContain('the plan');
    const [other] = await read('another', [['read_file', { file_path: '/plan.md' }]]);
    expect(other).toBe("Error: File '/plan.md' not found");
  });

  it('finds it again after a restart', async () => {
    const options = { directory: newDirectory(), python: { ...plainPython, poolSize: 0 } };
    const before = await open(options);
    await read('kept', [['write_file', { file_path: '/kept.md', content: 'kept' }]], {
      on: before,
    });
    await before.close();
    const call: Call = ['read_file', { file_path: '/kept.md' }];
    const [page] = await read('kept', [call], { on: await open(options) });
    expect(page).toContain('kept');
  });

  it('stops a command within a second of an abort', async () => {
    const controller = new AbortController();
    const sandbox = await engine.createSandbox();
    const shell: typeof sandbox.shell = (command, options) =>
      sandbox.shell(command, { ...options, onStdout: () => controller.abort() });
    const agent = createDeepAgent({
      model: modelThatDoes([['execute', { command: 'echo begun; sleep 60' }]]),
      backend: new BelljarBackend({
        sandbox: () => Object.create(sandbox, { shell: { value: shell } }),
      }),
    });
    let abortedAt = 0;
    controller.signal.addEventListener('abort', () => {
      abortedAt = performance.now();
    });
    const { signal } = controller;
    await expect(agent.invoke(go, { ...inThread('abort'), signal })).rejects.toThrow(/abort/i);
    await sandbox.execute('1');
    expect(performance.now() - abortedAt).toBeLessThan(1_000);
    const statuses: string[] = [];
    for await (const entry of sandbox.executions()) statuses.push(entry.status);
    expect(statuses).toEqual(['cancelled', 'ok']);
  });

  it('leaves at most 64 KB of an answer in a checkpoint, and no bytes of large files', async () => {
    const checkpointer = new MemorySaver();
    const calls: Call[] = [
      [
        'execute',
        { command: 'head -c 50000000 /dev/zero | tr "\\0" "\\7" | tee big.txt; echo the end' },
      ],
      ['read_file', { file_path: '/big.txt' }],
      [
        'execute',
        { command: 'yes "é needle 日本" | head -n 30000 > lines.txt; cp big.txt big.png' },
      ],
      ['read_file', { file_path: '/lines.txt', limit: 100_000 }],
      ['grep', { pattern: 'needle' }],
      ['read_file', { file_path: '/big.png' }],
    ];
    await read('large', calls, { checkpointer });
    const tuple = await checkpointer.getTuple(inThread('large'));
    const messages = tuple?.checkpoint.channel_values.messages as BaseMessage[];
    const answers = messages.filter((one) => ToolMessage.isInstance(one));
    expect(answers).toHaveLength(calls.length);
    for (const { content } of answers) {
      expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThanOrEqual(MAX_STATE_BYTES);
    }
    expect(answers[0]?.text).toMatch(/the end\n\[Command succeeded with exit code 0\]/);
    expect(answers[0]?.text).toContain('[Output was truncated due to size limits]');
    expect(answers[3]?.text).toMatch(/^@@ lines 1-\d+ of 30000 \| next offset \d+ @@\n/);
    expect(answers[5]?.text).toContain("'/big.png' has 50 MB; at most 4 MB can be shown");
  });
});
