/** A script as a server on loopback that speaks Gemini's protocol, for the real client. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReadSoFar, Script, Step } from './script.js';

interface Part {
  text?: string;
  functionResponse?: { response?: { output?: unknown; error?: unknown } };
}

interface Content {
  role: string;
  parts: Part[];
}

export interface ScriptedGemini extends AsyncDisposable {
  /** For `httpOptions.baseUrl`. */
  baseUrl: string;
}

export async function startScriptedGemini(script: Script): Promise<ScriptedGemini> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { contents } = JSON.parse(body) as { contents: Content[] };
    answer(response, asParts(script(readContents(contents))), request.url ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Tools' answers come in messages of the role `user`, too. */
export function readContents(contents: readonly Content[]): ReadSoFar {
  const isAnswer = ({ parts }: Content) => parts.some((part) => part.functionResponse);
  const questions = contents.filter((content) => content.role === 'user' && !isAnswer(content));
  const last = questions.at(-1);
  const since = last ? contents.slice(contents.lastIndexOf(last) + 1) : contents;
  const results = since.flatMap(({ parts }) =>
    parts.flatMap(({ functionResponse }) => {
      if (!functionResponse) return [];
      const { output, error } = functionResponse.response ?? {};
      return [String(output ?? error ?? JSON.stringify(functionResponse.response))];
    }),
  );
  const asked = last?.parts.map(({ text }) => text ?? '').join('\n') ?? '';
  return { question: questions.length, asked, results };
}

export function asParts(step: Step) {
  return 'say' in step
    ? [{ text: step.say }]
    : [{ functionCall: { name: step.call, args: step.input } }];
}

function answer(response: ServerResponse, parts: ReturnType<typeof asParts>, url: string): void {
  const candidate = { content: { role: 'model', parts }, finishReason: 'STOP', index: 0 };
  const body = JSON.stringify({ candidates: [candidate] });
  // A connection that is kept may be closed while a tool works, just as the client uses it again.
  response.setHeader('connection', 'close');
  const isStream = url.includes(':streamGenerateContent');
  response.setHeader('content-type', isStream ? 'text/event-stream' : 'application/json');
  response.end(isStream ? `data: ${body}\n\n` : body);
}
