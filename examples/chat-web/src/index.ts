/** Serves the page until Ctrl-C. */
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { languageModel } from '@belljar/example-shared/ai-sdk-model';
import { chooseModel } from '@belljar/example-shared/model-choice';
import { openEngine } from '@belljar/example-shared/open-engine';
import { startChatServer } from './chat-server.js';
import { PROPOSALS, script } from './script.js';

const choice = chooseModel(process.env);
console.log(`model: ${choice.label}`);

const folder = fileURLToPath(new URL('../.belljar', import.meta.url));
const { engine, environment } = await openEngine({
  needs: ['matplotlib'],
  directory: join(folder, 'sandboxes'),
  onProgress: (line) => console.log(line),
});
await using _closing = engine;
await using server = await startChatServer({
  engine,
  environment,
  model: languageModel(choice, script),
  images: choice.images,
  label: choice.label,
  proposals: PROPOSALS,
  folder: join(folder, 'conversations'),
  port: Number(process.env.PORT ?? 3000),
});
console.log(`${server.url} (Ctrl-C ends it)`);

await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => once(process, name)));
