/** The example's server, with its own scripted model and two more questions. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngine } from '@belljar/example-shared/open-engine';
import { runs, type Script } from '@belljar/example-shared/script';
import { createScriptedModel } from '@belljar/example-shared/scripted-language-model';
import { type ChatServer, type ChatServerOptions, startChatServer } from '../src/chat-server.js';
import { PROPOSALS, script } from '../src/script.js';

export const HOSTILE = `<img src=x onerror="document.title='taken'">`;

/** Markup in the output, in a file's name, in the result's HTML, in the traceback, in the answer. */
const HOSTILE_CODE = `
markup = ${JSON.stringify(HOSTILE)}
open(markup, "w").write(markup)
print(markup)

class Table:
    def _repr_html_(self):
        return "<script>document.title = 'taken'</script>" + markup

display(Table())
raise ValueError(markup)
`;

const ENDLESS_CODE = `
print("it has begun", flush=True)
while True:
    pass
`;

const testScript: Script = (read) => {
  const code = { hostile: HOSTILE_CODE, endless: ENDLESS_CODE }[read.asked];
  if (code === undefined) return script(read);
  return read.results.length === 0 ? runs(code) : { say: `${HOSTILE}\n${read.results[0]}` };
};

export interface TestServer extends AsyncDisposable {
  url: string;
  /** Another server on the same conversations, as after a restart. */
  startAgain(): Promise<ChatServer>;
}

export async function startTestServer(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'belljar-chat-'));
  const { engine, environment } = await openEngine({ needs: ['matplotlib'], onProgress() {} });
  const options: ChatServerOptions = {
    engine,
    environment,
    model: createScriptedModel(testScript),
    images: 'to-model',
    label: 'scripted for the test',
    proposals: PROPOSALS,
    folder,
  };
  const server = await startChatServer(options);
  return {
    url: server.url,
    startAgain: () => startChatServer(options),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await engine.close();
      await rm(folder, { recursive: true });
    },
  };
}
