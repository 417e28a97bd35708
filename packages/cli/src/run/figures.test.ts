import { expect, it } from 'vitest';
import { figureOf, textOf } from './figures.js';

it('takes the best image of a bundle', () => {
  const figure = figureOf({
    'image/svg+xml': '<svg/>',
    'image/png': 'iVBORw==',
    'text/plain': 'x',
  });
  expect(figure).toMatchObject({ extension: 'png', mimeType: 'image/png' });
  expect(Buffer.from(figure?.content ?? []).toString('latin1')).toBe('\x89PNG');
  expect(Buffer.from(figureOf({ 'image/svg+xml': '<svg/>' })?.content ?? []).toString()).toBe(
    '<svg/>',
  );
});

it('takes nothing from what is no text', () => {
  expect(figureOf({ 'image/png': { forged: true } })).toBeUndefined();
  expect(textOf({ 'text/plain': ['x'] })).toBeUndefined();
});

it('prints the text of what is no image', () => {
  expect(textOf({ 'text/plain': '42', 'text/html': '<b>42</b>' })).toBe('42');
  expect(textOf({ 'text/plain': '<Figure>', 'image/png': '' })).toBeUndefined();
});
