/** What LangChain's model classes send of the tool's answer: each over HTTP, to a server of ours. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCodeExecutionTool } from '@belljar/langchain';
import { ChatAnthropic } from '@langchain/anthropic';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, HumanMessage, type ToolMessage } from '@langchain/core/messages';
import { ChatGoogle } from '@langchain/google';
import { ChatOpenAI } from '@langchain/openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useSandboxes } from '../helpers/test-engine.js';

const create = useSandboxes();
const requests: string[] = [];
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  requests.push(body);
  response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
});

/** A one-pixel PNG. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

let url = '';
let answer: ToolMessage;
const call = {
  type: 'tool_call',
  id: 'call-1',
  name: 'execute_code',
  args: {
    code: `import base64\nPng = type('Png', (), {'_repr_png_': lambda self: base64.b64decode('${PIXEL}')})\nPng()`,
  },
} as const;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  answer = await createCodeExecutionTool({ sandbox: await create() }).invoke(call);
});
afterAll(() => server.close());

const settings = { model: 'any', apiKey: 'none', maxRetries: 0 };
const models: [string, () => BaseChatModel, string][] = [
  [
    'Anthropic',
    () => new ChatAnthropic({ ...settings, anthropicApiUrl: url }),
    `"media_type":"image/png","data":"${PIXEL}"`,
  ],
  ['Google', () => new ChatGoogle({ ...settings, endpoint: url }), `"mimeType":"image/png"`],
  [
    'OpenAI',
    () => new ChatOpenAI({ ...settings, useResponsesApi: true, configuration: { baseURL: url } }),
    `"image_url":"data:image/png;base64,${PIXEL}"`,
  ],
];

describe('the model class of', () => {
  it.each(models)('%s sends the image of an answer, once', async (_, model, expected) => {
    const asked = new AIMessage({ content: '', tool_calls: [call] });
    const before = requests.length;
    await expect(model().invoke([new HumanMessage('go'), asked, answer])).rejects.toThrow();
    const [sent = ''] = requests.slice(before);
    expect(sent).toContain(expected);
    expect(sent.split(`${PIXEL}"`)).toHaveLength(2);
    expect(sent).toContain('images: 1 attached');
  });
});
