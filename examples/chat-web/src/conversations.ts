/** What was said so far, one file a conversation, so that a reload and a restart go on. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isToolUIPart, type UIMessage } from 'ai';

export interface Conversations {
  /** Empty for a conversation that is new. */
  load(id: string): Promise<UIMessage[]>;
  save(id: string, messages: readonly UIMessage[]): Promise<void>;
}

/** An id is a UUID, checked by the caller: it becomes a file name. */
export async function openConversations(folder: string): Promise<Conversations> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fileOf = (id: string) => join(folder, `${id}.json`);
  return {
    async load(id) {
      try {
        return JSON.parse(await readFile(fileOf(id), 'utf8')) as UIMessage[];
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    },
    async save(id, messages) {
      const whole = messages.map(withoutOpenStep).filter(({ parts }) => parts.length > 0);
      await writeFile(`${fileOf(id)}.new`, JSON.stringify(whole), { mode: 0o600 });
      await rename(`${fileOf(id)}.new`, fileOf(id));
    },
  };
}

/** A turn that was stopped may end in a call without a result, which no model takes. */
function withoutOpenStep(message: UIMessage): UIMessage {
  const open = message.parts.findIndex(
    (part) =>
      isToolUIPart(part) &&
      part.state !== 'output-error' &&
      (part.state !== 'output-available' || part.preliminary),
  );
  if (open < 0) return message;
  const step = message.parts.slice(0, open).findLastIndex(({ type }) => type === 'step-start');
  return { ...message, parts: message.parts.slice(0, Math.max(step, 0)) };
}
