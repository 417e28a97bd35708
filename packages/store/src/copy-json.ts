/** Copies a JSON value. Strings are shared, so the cost goes with the number of nodes. */
import { StoreError } from './errors.js';

/** Deeper values are refused; a value that contains itself is caught by it too. */
const MAX_JSON_DEPTH = 200;

/**
 * A copy as `JSON.parse(JSON.stringify(value))` gives it: properties that are `undefined` are left
 * out and -0 is 0. What that would change in silence (dates, maps, class instances, bytes, NaN,
 * functions) is refused with `INVALID_ARGUMENT`. `undefined` itself becomes `null`.
 */
export function copyJson(value: unknown, name: string): unknown {
  return value === undefined ? null : copyValue(value, name, 0);
}

function copyValue(value: unknown, name: string, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw notJson(name, String(value));
      return value === 0 ? 0 : value;
    case 'object':
      if (value === null) return null;
      if (depth >= MAX_JSON_DEPTH) throw notJson(name, `more than ${MAX_JSON_DEPTH} levels`);
      return Array.isArray(value)
        ? copyArray(value, name, depth)
        : copyObject(value as Record<string, unknown>, name, depth);
    default:
      throw notJson(name, `a value of type ${typeof value}`);
  }
}

function copyArray(value: unknown[], name: string, depth: number): unknown[] {
  const copy: unknown[] = [];
  for (const item of value) copy.push(copyValue(item, name, depth + 1));
  return copy;
}

function copyObject(value: Record<string, unknown>, name: string, depth: number): object {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw notJson(name, 'an object that is not a plain one');
  }
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item !== undefined) setOwn(copy, key, copyValue(item, name, depth + 1));
  }
  return copy;
}

/** Sets an own property, also one named `__proto__`, which an assignment would not. */
export function setOwn<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  } else {
    target[key] = value;
  }
}

function notJson(name: string, found: string): StoreError {
  return new StoreError('INVALID_ARGUMENT', `${name} must be JSON, and it has ${found}.`, {
    details: { argument: name },
  });
}
