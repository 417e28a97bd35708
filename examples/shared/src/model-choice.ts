/** Which model drives an example. All model names of the examples stand here. */

export const MODEL_NAMES = {
  google: 'gemini-3.8-flash',
  anthropic: 'claude-sonnet-5-5',
  openai: 'gpt-6-luna',
} as const;

export type Provider = keyof typeof MODEL_NAMES;

interface Choice {
  /** For the first line of the output: which model, and whose. */
  label: string;
  /** For the tools: some endpoints take no images in tool results. */
  images: 'to-model' | 'artifact-only';
}

export interface RealModel extends Choice {
  provider: Provider;
  name: string;
  apiKey: string;
  /** Of a server that speaks OpenAI's chat protocol, such as Ollama. */
  baseURL?: string | undefined;
}

export interface ScriptedModel extends Choice {
  provider: 'scripted';
}

export type ModelChoice = RealModel | ScriptedModel;

export type Environment = Readonly<Record<string, string | undefined>>;

const PROVIDERS: readonly Provider[] = ['google', 'anthropic', 'openai'];

/**
 * The first whose key is set, among those that the example can use; a scripted one when there is
 * none. `name`, and else the variable `MODEL`, overrides the provider's default.
 */
export function chooseModel(
  environment: Environment,
  {
    name = environment.MODEL || undefined,
    providers = PROVIDERS,
  }: { name?: string | undefined; providers?: typeof PROVIDERS } = {},
): ModelChoice {
  const google = googleKey(environment);
  if (google && providers.includes('google')) return hosted('google', 'Google', google, name);
  const anthropic = environment.ANTHROPIC_API_KEY;
  if (anthropic && providers.includes('anthropic')) {
    return hosted('anthropic', 'Anthropic', anthropic, name);
  }
  const { OPENAI_API_KEY: openai, OPENAI_BASE_URL: baseURL } = environment;
  if ((openai || baseURL) && providers.includes('openai')) {
    return openAi(openai || 'none', baseURL, name);
  }
  return {
    provider: 'scripted',
    label: 'scripted: fixed code, answers read from the results (no API key is set)',
    images: 'to-model',
  };
}

/** The AI SDK and Google's own SDK call it differently. */
function googleKey(environment: Environment): string | undefined {
  return (
    environment.GOOGLE_GENERATIVE_AI_API_KEY ||
    environment.GEMINI_API_KEY ||
    environment.GOOGLE_API_KEY
  );
}

function hosted(provider: Provider, company: string, apiKey: string, name?: string): RealModel {
  const chosen = name ?? MODEL_NAMES[provider];
  return { provider, name: chosen, apiKey, label: `${chosen} (${company})`, images: 'to-model' };
}

function openAi(apiKey: string, baseURL?: string, name?: string): RealModel {
  if (!baseURL) return hosted('openai', 'OpenAI', apiKey, name);
  const chosen = name ?? MODEL_NAMES.openai;
  const label = `${chosen} at ${baseURL}`;
  return { provider: 'openai', name: chosen, apiKey, baseURL, label, images: 'artifact-only' };
}
