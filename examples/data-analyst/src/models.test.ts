import { describe, expect, it } from 'vitest';
import { chooseModel } from './models.js';

describe('chooseModel', () => {
  it.each([
    [{ GOOGLE_GENERATIVE_AI_API_KEY: 'k', OPENAI_API_KEY: 'k' }, /^gemini.*\(Google\)$/, true],
    [{ ANTHROPIC_API_KEY: 'k', OPENAI_API_KEY: 'k' }, /^claude.*\(Anthropic\)$/, true],
    [{ OPENAI_API_KEY: 'k' }, /^gpt.*\(OpenAI\)$/, true],
    [{ OPENAI_BASE_URL: 'http://localhost:11434/v1' }, / at http:\/\/localhost:11434\/v1$/, false],
    [{}, /^scripted/, true],
    [{ OPENAI_API_KEY: '' }, /^scripted/, true],
  ])('with %j takes %s', (environment, label, takesImages) => {
    const chosen = chooseModel(environment);
    expect(chosen.label).toMatch(label);
    expect(chosen.takesImages).toBe(takesImages);
  });

  it('takes the name given', () => {
    const chosen = chooseModel({ OPENAI_BASE_URL: 'http://localhost:1/v1' }, 'llama');
    expect(chosen.model).toMatchObject({ modelId: 'llama' });
  });
});
