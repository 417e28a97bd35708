/** The global names that the code made: type, size and a short preview of each. */
import { Buffer } from 'buffer/index.js';
import { inspect } from './inspect.js';

const MOST_VARIABLES = 1_000;
const NAME_CHARACTERS = 200;
const PREVIEW_CHARACTERS = 200;

export interface VariableReport {
  name: string;
  type: string;
  sizeBytes: number;
  preview: string;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'function') return /^class\b/.test(String(value)) ? 'class' : 'function';
  if (typeof value !== 'object') return typeof value;
  const made = (value as { constructor?: { name?: unknown } }).constructor;
  return typeof made?.name === 'string' && made.name ? made.name : 'Object';
}

/** A rough figure: what the value itself holds, not what it refers to. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'function') return Buffer.byteLength(String(value));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (Array.isArray(value)) return 16 + 8 * value.length;
  if (value instanceof Map || value instanceof Set) return 16 + 32 * value.size;
  if (typeof value === 'object' && value !== null) return 16 + 24 * Object.keys(value).length;
  return 8;
}

function previewOf(value: unknown): string {
  const options = {
    depth: 1,
    breakLength: Number.POSITIVE_INFINITY,
    maxStringLength: 300,
    customInspect: false,
  };
  const text = inspect(value, { ...options, maxArrayLength: 20 }).replace(/\s+/g, ' ');
  const whole = text.toWellFormed();
  if (whole.length <= PREVIEW_CHARACTERS) return whole;
  return `${whole.slice(0, PREVIEW_CHARACTERS - 1).toWellFormed()}…`;
}

function report(name: string): VariableReport {
  const shown = name.slice(0, NAME_CHARACTERS).toWellFormed();
  try {
    const value = (globalThis as Record<string, unknown>)[name];
    return {
      name: shown,
      type: typeOf(value),
      sizeBytes: sizeOf(value),
      preview: previewOf(value),
    };
  } catch (error) {
    const preview = `<no preview: ${typeOf(error)}>`;
    return { name: shown, type: 'unknown', sizeBytes: 0, preview };
  }
}

/** Sorted by name. Names with a leading underscore and ours are left out. */
export function listVariables(initial: ReadonlySet<string>): VariableReport[] {
  return Object.getOwnPropertyNames(globalThis)
    .filter((name) => !initial.has(name) && !name.startsWith('_'))
    .sort()
    .slice(0, MOST_VARIABLES)
    .map(report);
}
