import { describe, expect, it } from 'vitest';
import { describeTool } from './describe-tool.js';
import { MAX_DESCRIPTION_CHARACTERS } from './limits.js';

describe('describeTool', () => {
  it('says language, libraries, folder, network, limits, and what persists', () => {
    const text = describeTool({
      environment: { version: '3.13.1', libraries: [{ name: 'pandas', version: '3.0.0' }] },
      timeoutMs: 30_000,
    });
    for (const fact of [
      'Python 3.13.1',
      'pandas 3.0.0',
      'relative path',
      'no network',
      'no pip install',
      'persist',
      'last expression',
      'figures',
      '30 s for a call',
      '1.6 GB of memory',
      '2 CPUs',
      '10,000 files',
    ]) {
      expect(text).toContain(fact);
    }
  });

  it('names no library when none is known', () => {
    expect(describeTool()).not.toContain('Importable');
  });

  it('leaves libraries out until it fits, and counts them', () => {
    const libraries = Array.from({ length: 300 }, (_, index) => ({
      name: `library_${index}`,
      version: '1.2.3',
    }));
    const text = describeTool({ environment: { version: '3.13.1', libraries } });
    expect(text.length).toBeLessThanOrEqual(MAX_DESCRIPTION_CHARACTERS);
    expect(text).toMatch(/library_0 1\.2\.3, .* and \d+ more\./);
    expect(text).toContain('is stopped');
  });

  it('describes JavaScript, with its V8 and its modules', () => {
    const text = describeTool({ language: 'javascript' });
    expect(text).toMatch(/JavaScript or TypeScript code \(V8 \d+\.\d+\)/);
    expect(text).toContain('fs, path');
    expect(text.length).toBeLessThanOrEqual(MAX_DESCRIPTION_CHARACTERS);
    expect(text).not.toMatch(/matplotlib|pip|input\(\)|TMPDIR/);
  });
});
