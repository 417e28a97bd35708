/** The HTTP side: the page's files, a conversation's messages, and a turn as a stream. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { consumeStream, generateId, pipeUIMessageStreamToResponse, type UIMessage } from 'ai';
import { z } from 'zod';
import { type Answering, answer } from './answer.js';
import { openConversations } from './conversations.js';
import { PAGE_HEADERS, pageFile } from './page-files.js';

export interface ChatServerOptions extends Answering {
  /** Where conversations are kept. */
  folder: string;
  /** Shown on the page: which model answers. */
  label: string;
  /** Questions that the page offers. */
  proposals: readonly string[];
  /** Default: any free one. */
  port?: number | undefined;
}

export interface ChatServer extends AsyncDisposable {
  url: string;
}

/** What a client may be told. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const MAX_BODY_BYTES = 100_000;
const ID = z.uuid();
const QUESTION = z.object({ conversation: ID, text: z.string().trim().min(1).max(20_000) });

/** Listens on loopback only: whoever reaches it has code run and the model paid. */
export async function startChatServer(options: ChatServerOptions): Promise<ChatServer> {
  const conversations = await openConversations(options.folder);
  /** A conversation has one turn at a time; the promise settles when it is saved. */
  const turns = new Map<string, Promise<void>>();

  const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
    async 'GET /api/conversation'(request, response) {
      const id = ID.safeParse(urlOf(request).searchParams.get('id'));
      if (!id.success) throw new Refusal(400, 'The id of a conversation is a UUID.');
      await turns.get(id.data);
      const messages = await conversations.load(id.data);
      sendJson(response, 200, { model: options.label, proposals: options.proposals, messages });
    },

    async 'POST /api/chat'(request, response) {
      const question = QUESTION.safeParse(await readJson(request));
      if (!question.success) throw new Refusal(400, 'A question has a conversation and a text.');
      const { conversation, text } = question.data;
      if (turns.has(conversation)) throw new Refusal(409, 'The last answer is not finished yet.');
      const turn = Promise.withResolvers<void>();
      turns.set(conversation, turn.promise);
      const leaving = new AbortController();
      response.once('close', () => leaving.abort());
      const end = () => {
        turns.delete(conversation);
        turn.resolve();
      };
      try {
        const messages = [...(await conversations.load(conversation)), userMessage(text)];
        const stream = await answer(options, {
          conversation,
          messages,
          signal: leaving.signal,
          onEnd: (all) => conversations.save(conversation, all).finally(end),
        });
        // Read to its end although the page is gone: what was said so far is saved then.
        await pipeUIMessageStreamToResponse({
          response,
          stream,
          consumeSseStream: consumeStream,
        });
      } catch (error) {
        end();
        throw error;
      }
    },
  };

  const server = createServer(async (request, response) => {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
    try {
      requireThisHost(request);
      const { pathname } = urlOf(request);
      const route = routes[`${request.method} ${pathname}`];
      if (route) return void (await route(request, response));
      const file = request.method === 'GET' ? await pageFile(pathname) : undefined;
      if (!file) throw new Refusal(404, 'There is no such page.');
      response.setHeader('content-type', file.contentType);
      response.end(file.content);
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'The server failed.');
      if (error !== refusal) console.error(error);
      sendJson(response, refusal.status, { error: refusal.message });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(turns.values());
    },
  };
}

/** Another site whose name was made to point here is refused by the name. */
function requireThisHost({ headers: { host = '' } }: IncomingMessage): void {
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host)) throw new Refusal(403, 'Not this host.');
}

/** Other sites cannot send JSON without being asked first, and they are not answered then. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'Send application/json.');
  }
  let body = '';
  for await (const piece of request.setEncoding('utf8')) {
    body += piece;
    if (body.length > MAX_BODY_BYTES) throw new Refusal(413, 'The question is too long.');
  }
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'The body is not JSON.');
  }
}

function userMessage(text: string): UIMessage {
  return { id: generateId(), role: 'user', parts: [{ type: 'text', text }] };
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  return new URL(`http://page${url.startsWith('/') ? url : '/'}`);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}
