/** A user's program, in a project that has `@belljar/langchain` and LangChain's core and nothing else. */
import { createEngine } from '@belljar/core';
import { createCodeExecutionTool, createFileTools } from '@belljar/langchain';

await using engine = await createEngine();
const options = { engine, key: 'installed' };
const execute_code = createCodeExecutionTool(options);
const [answer]: { text?: string }[] = await execute_code.invoke({ code: '6 * 7' });
console.log(answer?.text);
console.log(
  'shell',
  createFileTools(options).map(({ name }) => name),
);
