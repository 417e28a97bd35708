/** A user's program, in a project that has `@belljar/ai-sdk` and the AI SDK and nothing else. */
import { createCodeExecutionTool, createFileTools } from '@belljar/ai-sdk';
import { createBelljarSandbox } from '@belljar/ai-sdk/session';
import { createEngine } from '@belljar/core';
import { ToolLoopAgent } from 'ai';

await using engine = await createEngine();
const options = { engine, key: 'installed' };
const execute_code = createCodeExecutionTool(options);
const tools = { execute_code, ...createFileTools(options) };
const agent = new ToolLoopAgent({ model: 'none/none', tools });
const call = { toolCallId: '1', messages: [], context: {} };
const answers = await execute_code.execute?.({ code: '6 * 7' }, call);
for await (const answer of answers as AsyncIterable<{ text: string }>) console.log(answer.text);
const session = await createBelljarSandbox({ engine }).createSession();
console.log((await session.run({ command: 'echo shell' })).stdout, Object.keys(agent.tools));
