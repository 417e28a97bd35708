import { describe, expect, it } from 'vitest';
import { verifies } from '../helpers/verifies.js';
import type { PromiseId } from '../promises/manifest.js';

describe('verifies', () => {
  it('refuses an id that no promise has', () => {
    const unknown = 'jail.no-such-promise' as PromiseId;
    expect(() => verifies(unknown, 'anything', () => {})).toThrow(/no promise has the id/);
  });

  it('puts the id in front of the name and registers through `using`', () => {
    const names: string[] = [];
    const using = (name: string) => void names.push(name);
    verifies('owner.bound', 'hides the sandboxes of others', () => {}, { using });
    expect(names).toEqual(['owner.bound: hides the sandboxes of others']);
  });
});
