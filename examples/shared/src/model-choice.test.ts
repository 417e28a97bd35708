import { describe, expect, it } from 'vitest';
import { languageModel } from './ai-sdk-model.js';
import { chooseModel } from './model-choice.js';

describe('chooseModel', () => {
  it.each([
    [
      { GOOGLE_GENERATIVE_AI_API_KEY: 'k', OPENAI_API_KEY: 'k' },
      /^gemini.*\(Google\)$/,
      'to-model',
    ],
    [{ GEMINI_API_KEY: 'k', OPENAI_API_KEY: 'k' }, /^gemini.*\(Google\)$/, 'to-model'],
    [{ ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k' }, /^claude.*\(Anthropic\)$/, 'to-model'],
    [{ OPENAI_API_KEY: 'k' }, /^gpt.*\(OpenAI\)$/, 'to-model'],
    [
      { OPENAI_BASE_URL: 'http://localhost:11434/v1' },
      / at http:\/\/localhost:11434\/v1$/,
      'artifact-only',
    ],
    [{}, /^scripted/, 'to-model'],
    [{ OPENAI_API_KEY: '' }, /^scripted/, 'to-model'],
  ])('with %j takes %s', (environment, label, images) => {
    expect(chooseModel(environment)).toMatchObject({
      label: expect.stringMatching(label),
      images,
    });
  });

  it('takes no model that the example cannot use', () => {
    const choice = chooseModel({ OPENAI_API_KEY: 'k' }, { providers: ['google'] });
    expect(choice.provider).toBe('scripted');
  });

  it('takes the name given', () => {
    const choice = chooseModel({ OPENAI_BASE_URL: 'http://localhost:1/v1' }, { name: 'llama' });
    const model = languageModel(choice, () => ({ say: 'nothing' }));
    expect(model).toMatchObject({ modelId: 'llama', provider: 'openai.chat' });
    const variables = { OPENAI_BASE_URL: 'http://localhost:1/v1', MODEL: 'qwen' };
    expect(chooseModel(variables)).toMatchObject({ name: 'qwen' });
  });
});
