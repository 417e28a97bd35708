import { describe, expect, it } from 'vitest';
import { chooseImages, imageOf } from './choose-images.js';

/** A PNG by its first bytes, of a given size. */
function png(sizeBytes: number, fill = 0): string {
  const bytes = Buffer.alloc(sizeBytes, fill);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return bytes.toString('base64');
}

const display = (sizeBytes: number, fill = 0) => ({ 'image/png': png(sizeBytes, fill) });

describe('imageOf', () => {
  it('knows png, jpeg, webp and gif by their first bytes', () => {
    const heads = {
      'image/png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
      'image/jpeg': [0xff, 0xd8, 0xff, 0xe0],
      'image/webp': [...Buffer.from('RIFF0000WEBP')],
      'image/gif': [...Buffer.from('GIF89a')],
    };
    for (const [mediaType, head] of Object.entries(heads)) {
      const data = Buffer.from(head).toString('base64');
      expect(imageOf({ [mediaType]: data })).toMatchObject({ mediaType, sizeBytes: head.length });
    }
  });

  it('joins base64 that comes in lines', () => {
    const data = png(100);
    expect(imageOf({ 'image/png': `${data.slice(0, 76)}\n${data.slice(76)}\n` })?.data).toBe(data);
  });

  it.each([
    ['text instead of base64', 'not base64!'],
    ['bytes of another type', Buffer.from('GIF89a').toString('base64')],
    ['nothing', ''],
    ['an object', { a: 1 }],
  ])('takes no image from %s', (_, value) => {
    expect(imageOf({ 'image/png': value })).toBeUndefined();
  });

  it('takes no SVG: endpoints refuse it', () => {
    expect(imageOf({ 'image/svg+xml': '<svg/>' })).toBeUndefined();
  });
});

describe('chooseImages', () => {
  it('takes displays before the result, each image once', () => {
    const chosen = chooseImages({ displays: [display(50), display(60)], result: display(50) });
    expect(chosen.images.map((image) => image.sizeBytes)).toEqual([50, 60]);
    expect(chosen.leftOut).toBe(0);
  });

  it('keeps as many as allowed, the largest go first, in their order', () => {
    const displays = [display(90), display(40), display(70), display(30)];
    const at = chooseImages({ displays, result: undefined }, { maxImages: 4 });
    const over = chooseImages({ displays, result: undefined }, { maxImages: 3 });
    expect(at.images).toHaveLength(4);
    expect(over.images.map((image) => image.sizeBytes)).toEqual([40, 70, 30]);
    expect(over.leftOut).toBe(1);
  });

  it('keeps bytes within the limit, to the byte', () => {
    const displays = [display(100), display(50)];
    const at = chooseImages({ displays, result: undefined }, { maxImageBytes: 150 });
    const over = chooseImages({ displays, result: undefined }, { maxImageBytes: 149 });
    expect(at).toMatchObject({ leftOut: 0 });
    expect(over.images.map((image) => image.sizeBytes)).toEqual([50]);
    expect(over.leftOut).toBe(1);
  });
});
