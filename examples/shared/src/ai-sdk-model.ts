/** The chosen model as the AI SDK takes it. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModel } from 'ai';
import type { ModelChoice } from './model-choice.js';
import type { Script } from './script.js';
import { createScriptedModel } from './scripted-language-model.js';

/** The script drives where no real model was chosen. */
export function languageModel(choice: ModelChoice, script: Script): LanguageModel {
  if (choice.provider === 'scripted') return createScriptedModel(script);
  const { provider, name, apiKey, baseURL } = choice;
  switch (provider) {
    case 'google':
      return createGoogle({ apiKey })(name);
    case 'anthropic':
      return createAnthropic({ apiKey })(name);
    case 'openai':
      // With a base URL the plain chat protocol is spoken: every local server knows it.
      return baseURL
        ? createOpenAI({ apiKey, baseURL }).chat(name)
        : createOpenAI({ apiKey })(name);
  }
}
