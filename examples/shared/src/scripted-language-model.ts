/** A script as a model of the AI SDK. */
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4ToolResultPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import type { ReadSoFar, Script, Step } from './script.js';

const USAGE: LanguageModelV4Usage = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

export function createScriptedModel(script: Script): LanguageModelV4 {
  let calls = 0;
  const next = ({ prompt }: LanguageModelV4CallOptions) =>
    asContent(script(read(prompt)), `call-${++calls}`);
  return {
    specificationVersion: 'v4',
    provider: 'belljar',
    modelId: 'scripted',
    supportedUrls: {},
    doGenerate: (options) => Promise.resolve(asResult(next(options))),
    doStream: (options) => Promise.resolve({ stream: ReadableStream.from(pieces(next(options))) }),
  };
}

function read(prompt: LanguageModelV4Prompt): ReadSoFar {
  const question = prompt.filter(({ role }) => role === 'user').length;
  const lastQuestion = prompt.findLastIndex(({ role }) => role === 'user');
  const asked = prompt[lastQuestion];
  const results = prompt.slice(lastQuestion + 1).flatMap((message) => {
    if (message.role !== 'tool') return [];
    return message.content.flatMap((part) => (part.type === 'tool-result' ? [textOf(part)] : []));
  });
  return { question, asked: asked?.role === 'user' ? joined(asked.content) : '', results };
}

/** What a real model would read of a tool's answer. */
function textOf({ output }: LanguageModelV4ToolResultPart): string {
  if (output.type === 'text' || output.type === 'error-text') return output.value;
  return output.type === 'content' ? joined(output.value) : JSON.stringify(output);
}

function joined(parts: readonly { type: string; text?: string }[]): string {
  return parts.map((part) => part.text ?? '').join('\n');
}

function asContent(step: Step, toolCallId: string): LanguageModelV4Content {
  if ('say' in step) return { type: 'text', text: step.say };
  const input = JSON.stringify(step.input);
  return { type: 'tool-call', toolCallId, toolName: step.call, input };
}

function finishReason(content: LanguageModelV4Content): LanguageModelV4FinishReason {
  return { unified: content.type === 'text' ? 'stop' : 'tool-calls', raw: undefined };
}

function asResult(content: LanguageModelV4Content): LanguageModelV4GenerateResult {
  return { content: [content], finishReason: finishReason(content), usage: USAGE, warnings: [] };
}

/** Text comes word by word, as from a real model. */
function* pieces(content: LanguageModelV4Content): Generator<LanguageModelV4StreamPart> {
  yield { type: 'stream-start', warnings: [] };
  if (content.type === 'text') {
    yield { type: 'text-start', id: 'text' };
    for (const delta of content.text.split(/(?<=\s)/)) {
      yield { type: 'text-delta', id: 'text', delta };
    }
    yield { type: 'text-end', id: 'text' };
  } else if (content.type === 'tool-call') {
    yield content;
  }
  yield { type: 'finish', finishReason: finishReason(content), usage: USAGE };
}
