/** `atob` and `btoa` as the web has them. */
import { Buffer } from 'buffer/index.js';
import { DOMException } from './dom-exception.js';

const SPACES = /[\t\n\f\r ]+/g;
const NO_BASE64 = /[^A-Za-z0-9+/]/;

function refuse(message: string): never {
  throw new DOMException(message, 'InvalidCharacterError');
}

export function atob(text: unknown): string {
  let data = `${text as string}`.replace(SPACES, '');
  if (data.length % 4 === 0) data = data.replace(/={1,2}$/, '');
  if (data.length % 4 === 1 || NO_BASE64.test(data)) {
    refuse('The string to be decoded is not correctly encoded.');
  }
  return Buffer.from(data, 'base64').toString('latin1');
}

export function btoa(binary: unknown): string {
  const text = `${binary as string}`;
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 255) refuse('Invalid character');
  }
  return Buffer.from(text, 'latin1').toString('base64');
}
