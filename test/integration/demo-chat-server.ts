/** A server on loopback that speaks OpenAI's chat protocol and answers as the scripted model. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { composeAnswer } from '../../examples/data-analyst/src/scripted-answers.js';
import { SCRIPTED_CODE } from '../../examples/data-analyst/src/scripted-code.js';

interface ChatMessage {
  role: string;
  content: string;
}

export interface ChatServer extends AsyncDisposable {
  url: string;
  /** Those of the last request: the whole conversation. */
  messages: ChatMessage[];
}

export async function startChatServer(): Promise<ChatServer> {
  const seen: { messages: ChatMessage[] } = { messages: [] };
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      seen.messages = (JSON.parse(body) as typeof seen).messages;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(completion(seen.messages)));
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    get messages() {
      return seen.messages;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function completion(messages: readonly ChatMessage[]) {
  const asked = messages.filter(({ role }) => role === 'user').length;
  const last = messages.at(-1);
  const isAnswered = last?.role === 'tool';
  const call = {
    name: 'execute_code',
    arguments: JSON.stringify({ code: SCRIPTED_CODE[asked - 1] }),
  };
  const message = isAnswered
    ? { role: 'assistant', content: composeAnswer(asked, last.content) }
    : {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: `call-${asked}`, type: 'function', function: call }],
      };
  return {
    id: 'completion',
    object: 'chat.completion',
    created: 0,
    model: 'tiny',
    choices: [{ index: 0, message, finish_reason: isAnswered ? 'stop' : 'tool_calls' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  };
}
