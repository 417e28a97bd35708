/** A script as a chat model of LangChain. */
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';
import type { ReadSoFar, Script } from './script.js';

export class ScriptedChatModel extends BaseChatModel {
  readonly #script: Script;
  #calls = 0;

  constructor(script: Script) {
    super({});
    this.#script = script;
  }

  override _llmType(): string {
    return 'scripted';
  }

  /** The script knows the tools. */
  override bindTools(): this {
    return this;
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const step = this.#script(read(messages));
    if ('say' in step) return asResult(new AIMessage(step.say));
    const id = `call-${process.pid}-${++this.#calls}`;
    const call = { type: 'tool_call', id, name: step.call, args: step.input } as const;
    return asResult(new AIMessage({ content: '', tool_calls: [call] }));
  }
}

function read(messages: BaseMessage[]): ReadSoFar {
  const isQuestion = (message: BaseMessage) => HumanMessage.isInstance(message);
  const last = messages.findLastIndex(isQuestion);
  return {
    question: messages.filter(isQuestion).length,
    asked: messages[last]?.text ?? '',
    results: messages.slice(last + 1).flatMap((message) => {
      return ToolMessage.isInstance(message) ? [message.text] : [];
    }),
  };
}

function asResult(message: AIMessage): ChatResult {
  return { generations: [{ text: message.text, message }] };
}
