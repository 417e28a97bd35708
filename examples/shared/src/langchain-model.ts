/** The chosen model as LangChain takes it. */
import { ChatAnthropic } from '@langchain/anthropic';
import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { ChatGoogle } from '@langchain/google';
import { ChatOpenAI } from '@langchain/openai';
import type { ModelChoice } from './model-choice.js';
import type { Script } from './script.js';
import { ScriptedChatModel } from './scripted-chat-model.js';

type ToolCallingModel = BaseChatModel & Required<Pick<BaseChatModel, 'bindTools'>>;

/** The script drives where no real model was chosen. */
export function chatModel(choice: ModelChoice, script: Script): ToolCallingModel {
  if (choice.provider === 'scripted') return new ScriptedChatModel(script);
  const { provider, name: model, apiKey, baseURL } = choice;
  switch (provider) {
    case 'google':
      return new ChatGoogle({ model, apiKey });
    case 'anthropic':
      return new ChatAnthropic({ model, apiKey });
    case 'openai':
      // With a base URL the plain chat protocol is spoken: every local server knows it.
      return baseURL
        ? new ChatOpenAI({ model, apiKey, configuration: { baseURL } })
        : new ChatOpenAI({ model, apiKey, useResponsesApi: true });
  }
}
