/** A script as a model of Google's Agent Development Kit. */
import { BaseLlm, type BaseLlmConnection, type LlmRequest, type LlmResponse } from '@google/adk';
import type { Script } from './script.js';
import { asParts, readContents } from './scripted-gemini-server.js';

export class ScriptedLlm extends BaseLlm {
  readonly #script: Script;

  constructor(script: Script) {
    super({ model: 'scripted' });
    this.#script = script;
  }

  override async *generateContentAsync({
    contents,
  }: LlmRequest): AsyncGenerator<LlmResponse, void> {
    const read = readContents(contents.map(({ role = '', parts = [] }) => ({ role, parts })));
    yield { content: { role: 'model', parts: asParts(this.#script(read)) } };
  }

  override connect(): Promise<BaseLlmConnection> {
    return Promise.reject(new Error('The scripted model has no live connection.'));
  }
}
