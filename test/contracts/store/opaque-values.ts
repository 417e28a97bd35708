/** Values that the store never looks into. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CreateStore, finish, nested, start, withSandboxes } from './records.js';

export function describeOpaqueValues(create: CreateStore): void {
  it('gives opaque values back as JSON would', async () => {
    await using store = await withSandboxes(create, 'a');
    let count = 0;
    const append = async (outcome: unknown) => {
      const id = `e${count++}`;
      await store.appendExecution('a', { ...start({ id }), ...finish({ outcome }) });
      return (await store.getExecution('a', id))?.outcome;
    };
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), async (value) => {
        expect(await append(value)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    const own = JSON.parse('{"__proto__":{"a":1},"constructor":2}');
    expect(JSON.stringify(await append(own))).toBe(JSON.stringify(own));
    expect(await append({ left: undefined, kept: [-0] })).toStrictEqual({ kept: [0] });
    expect(await append(undefined)).toBeNull();
    expect(await append(nested(200))).toEqual(nested(200));
  });
}
