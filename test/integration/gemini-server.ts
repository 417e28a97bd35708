/** A server on loopback that speaks Gemini's protocol: says what it was told to, and keeps what it was asked. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Content, type FunctionDeclaration, GoogleGenAI, type Part } from '@google/genai';

/** The body of a `generateContent` request. */
export interface GeminiRequest {
  contents: Content[];
  tools?: { functionDeclarations?: FunctionDeclaration[] }[];
}

export interface GeminiServer extends AsyncDisposable {
  /** The real client, with this server in place of Google's. */
  client: GoogleGenAI;
  baseUrl: string;
  requests: GeminiRequest[];
}

/** Answers the first request with the first of `turns`, and so on; then with `done`. */
export async function startGeminiServer(...turns: Part[][]): Promise<GeminiServer> {
  const requests: GeminiRequest[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    requests.push(JSON.parse(Buffer.concat(pieces).toString()) as GeminiRequest);
    const parts = turns[requests.length - 1] ?? [{ text: 'done' }];
    const content = { role: 'model', parts };
    const body = JSON.stringify({ candidates: [{ content, finishReason: 'STOP', index: 0 }] });
    // A connection that is kept may be closed while a tool works, just as the client uses it again.
    response.setHeader('connection', 'close');
    const isStream = request.url?.includes(':streamGenerateContent');
    response.setHeader('content-type', isStream ? 'text/event-stream' : 'application/json');
    response.end(isStream ? `data: ${body}\n\n` : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  return {
    client: new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl } }),
    baseUrl,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A part in which the model calls a function. */
export function calls(name: string, args: unknown, id?: string): Part {
  return { functionCall: { ...(id && { id }), name, args: args as Record<string, unknown> } };
}

/** The answers to function calls among contents. */
export function responsesIn(contents: readonly Content[] = []) {
  return contents
    .flatMap(({ parts = [] }) => parts)
    .flatMap(({ functionResponse }) => functionResponse ?? []);
}
