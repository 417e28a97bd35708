/** A user's program, in a project that has `@belljar/gemini` and Gemini's client and nothing else. */
import { createEngine } from '@belljar/core';
import { createCodeExecutionTool } from '@belljar/gemini';

await using engine = await createEngine();
const execute_code = createCodeExecutionTool({ engine, key: 'installed' });
console.log((await execute_code.tool()).functionDeclarations, 'shell');
const parts = await execute_code.callTool([{ name: 'execute_code', args: { code: '6 * 7' } }]);
console.log(Object.values(parts[0]?.functionResponse?.response ?? {}).join('\n'));
