/** Which model drives the agent. All model names of the example stand here. */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createGoogle } from '@ai-sdk/google';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModel } from 'ai';
import { createScriptedModel } from './scripted-model.js';

const DEFAULT_NAMES = {
  google: 'gemini-3.8-flash',
  anthropic: 'claude-sonnet-5-5',
  openai: 'gpt-6-luna',
} as const;

export interface ChosenModel {
  model: LanguageModel;
  /** For the transcript: which model, and why. */
  label: string;
  /** False where the endpoint takes no images in tool results. */
  takesImages: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The first whose key is set; a scripted one when there is none. `name` overrides the default. */
export function chooseModel(environment: Environment, name?: string): ChosenModel {
  const google = environment.GOOGLE_GENERATIVE_AI_API_KEY;
  if (google) {
    const model = createGoogle({ apiKey: google })(name ?? DEFAULT_NAMES.google);
    return { model, label: `${model.modelId} (Google)`, takesImages: true };
  }
  const anthropic = environment.ANTHROPIC_API_KEY;
  if (anthropic) {
    const model = createAnthropic({ apiKey: anthropic })(name ?? DEFAULT_NAMES.anthropic);
    return { model, label: `${model.modelId} (Anthropic)`, takesImages: true };
  }
  const baseURL = environment.OPENAI_BASE_URL;
  const openai = environment.OPENAI_API_KEY;
  if (openai || baseURL) return openAiModel(openai, baseURL, name);
  return {
    model: createScriptedModel(),
    label: 'scripted: fixed code, answers read from the results (no API key is set, see --help)',
    takesImages: true,
  };
}

/** With a base URL the plain chat protocol is spoken: every local server knows it. */
function openAiModel(apiKey = 'none', baseURL?: string, name?: string): ChosenModel {
  const provider = createOpenAI({ apiKey, ...(baseURL && { baseURL }) });
  const modelId = name ?? DEFAULT_NAMES.openai;
  if (!baseURL) {
    return { model: provider(modelId), label: `${modelId} (OpenAI)`, takesImages: true };
  }
  return { model: provider.chat(modelId), label: `${modelId} at ${baseURL}`, takesImages: false };
}
