/** What was said so far, kept beside the sandbox, so that another process can go on. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelMessage } from 'ai';

const fileIn = (state: string): string => join(state, 'conversation.json');

export async function saveConversation(state: string, messages: ModelMessage[]): Promise<void> {
  await writeFile(fileIn(state), JSON.stringify(messages), { mode: 0o600 });
}

export async function loadConversation(state: string): Promise<ModelMessage[]> {
  return JSON.parse(await readFile(fileIn(state), 'utf8')) as ModelMessage[];
}
