/** A value as a MIME bundle: text, and the richer forms that it has. */
import { Buffer } from 'buffer/index.js';
import { inspect } from './inspect.js';

export type Bundle = Record<string, unknown>;

export interface Described {
  bundle: Bundle;
  /** Whether something of the value was left out. */
  cut: boolean;
}

const TEXT_CHARACTERS = 100_000;
const JSON_CHARACTERS = 1_000_000;
/** A frame holds 33 MiB. */
const BUNDLE_BYTES = 32 * 1_048_576;
const MOST_NODES = 50_000;
const MOST_FORMS = 20;
/** What notebooks of JavaScript call on a value that shows itself. */
const DISPLAY = Symbol.for('Jupyter.display');

export function cutText(text: string): { text: string; cut: boolean } {
  if (text.length <= TEXT_CHARACTERS) return { text, cut: false };
  const kept = text.slice(0, TEXT_CHARACTERS).toWellFormed();
  return { text: `${kept}\n[cut after ${TEXT_CHARACTERS} characters]`, cut: true };
}

function plainText(value: unknown): { text: string; cut: boolean } {
  try {
    const text = inspect(value, { depth: 4, maxArrayLength: 200, maxStringLength: 200_000 });
    return cutText(text.toWellFormed());
  } catch (error) {
    return { text: `<no text: ${String(error)}>`, cut: false };
  }
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || prototype === Array.prototype;
}

/** Whether JSON says all there is: plain objects, arrays and primitives, none met twice. */
function isData(value: unknown): boolean {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const item = waiting.pop();
    if (typeof item === 'string' || typeof item === 'boolean' || item === null) continue;
    if (typeof item === 'number' && Number.isFinite(item)) continue;
    if (typeof item !== 'object' || !isPlainObject(item) || seen.has(item)) return false;
    if (Array.isArray(item) && item.length > MOST_NODES) return false;
    seen.add(item);
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(item))) {
      if (descriptor.get) return false;
      if (descriptor.enumerable) waiting.push(descriptor.value);
    }
    if (seen.size + waiting.length > MOST_NODES) return false;
  }
  return true;
}

function jsonOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !isData(value)) return undefined;
  const text = JSON.stringify(value);
  return text.length <= JSON_CHARACTERS ? value : undefined;
}

async function ownForms(value: unknown): Promise<Bundle | undefined> {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function'))
    return undefined;
  const show = (value as Record<symbol, unknown>)[DISPLAY];
  if (typeof show !== 'function') return undefined;
  return (await show.call(value)) as Bundle;
}

/** Forms as they can be sent: bytes become base64, and what is no JSON is left out. */
export function rawBundle(data: unknown): Described {
  const bundle: Bundle = {};
  let cut = false;
  const forms = Object.entries((data ?? {}) as Bundle).filter(([kind]) => kind.includes('/'));
  for (const [kind, form] of forms.slice(0, MOST_FORMS)) {
    const value = ArrayBuffer.isView(form)
      ? Buffer.from(form.buffer as ArrayBuffer, form.byteOffset, form.byteLength).toString('base64')
      : form;
    if (typeof value === 'string') bundle[kind] = value.toWellFormed();
    else if (isData(value)) bundle[kind] = value;
    else cut = true;
  }
  const plain = cutText(String(bundle['text/plain'] ?? `<${Object.keys(bundle).join(', ')}>`));
  bundle['text/plain'] = plain.text;
  return { bundle, cut: cut || plain.cut };
}

/** Leaves out the largest forms until a frame can hold the bundle. */
export function fitted(bundle: Bundle): Described {
  const sizes = Object.entries(bundle)
    .map(([kind, form]) => ({ kind, bytes: Buffer.byteLength(JSON.stringify(form)) }))
    .sort((a, b) => b.bytes - a.bytes);
  let left = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  const kept = { ...bundle };
  for (const { kind, bytes } of sizes) {
    if (left <= BUNDLE_BYTES) break;
    if (kind === 'text/plain') continue;
    delete kept[kind];
    left -= bytes;
  }
  return { bundle: kept, cut: Object.keys(kept).length < sizes.length };
}

export async function describe(value: unknown): Promise<Described> {
  const own = await ownForms(value);
  if (own) return rawBundle(own);
  return describePlain(value);
}

export function describePlain(value: unknown): Described {
  const { text, cut } = plainText(value);
  const bundle: Bundle = { 'text/plain': text };
  const json = jsonOf(value);
  if (json !== undefined) bundle['application/json'] = json;
  return { bundle, cut };
}
