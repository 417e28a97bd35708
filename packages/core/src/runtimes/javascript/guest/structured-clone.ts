/** `structuredClone` as the web has it, for the kinds of values that exist here. */
import { DOMException } from './dom-exception.js';

type Seen = Map<object, unknown>;
type View = Uint8Array | DataView;

const ERRORS = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

const KINDS = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

function refuse(value: unknown): never {
  const what = typeof value === 'symbol' ? String(value) : `${value as string}`;
  throw new DOMException(`${what} could not be cloned.`, 'DataCloneError');
}

/** Whether it has the inner slot that `read` needs: its prototype may say anything. */
function has(read: (this: never) => unknown, value: object): boolean {
  try {
    read.call(value as never);
    return true;
  } catch {
    return false;
  }
}

const UNCLONED = [Promise, WeakMap, WeakSet, WeakRef, FinalizationRegistry];

const getterOf = (prototype: object, name: PropertyKey): (() => unknown) =>
  Object.getOwnPropertyDescriptor(prototype, name)?.get as () => unknown;

const bufferLength = getterOf(ArrayBuffer.prototype, 'byteLength');
// V8 has none while it makes a snapshot.
const sharedLength =
  typeof SharedArrayBuffer === 'undefined'
    ? undefined
    : getterOf(SharedArrayBuffer.prototype, 'byteLength');
const mapSize = getterOf(Map.prototype, 'size');
const setSize = getterOf(Set.prototype, 'size');
const arrayKind = getterOf(
  Object.getPrototypeOf(Uint8Array.prototype) as object,
  Symbol.toStringTag,
);
const regExpSource = getterOf(RegExp.prototype, 'source');

function primitiveObject(value: object): object | undefined {
  for (const { prototype } of [Boolean, Number, String, BigInt]) {
    const unwrap = prototype.valueOf as (this: never) => unknown;
    if (has(unwrap, value)) return Object(unwrap.call(value as never)) as object;
  }
  return undefined;
}

function cloneError(error: Error, seen: Seen): Error {
  const name = String(error.name);
  const made = new (Object.hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : Error)();
  seen.set(error, made);
  const define = (key: string, value: unknown): void => {
    Object.defineProperty(made, key, { value, writable: true, configurable: true });
  };
  if (Object.hasOwn(error, 'message')) define('message', String(error.message));
  define('stack', String(error.stack));
  if (Object.hasOwn(error, 'cause')) define('cause', clone(error.cause, seen));
  return made;
}

function cloneView(view: View, seen: Seen): View {
  const buffer = clone(view.buffer, seen) as ArrayBuffer;
  const kind = arrayKind.call(view) as keyof typeof KINDS | undefined;
  if (kind === undefined) return new DataView(buffer, view.byteOffset, view.byteLength);
  return new KINDS[kind](buffer, view.byteOffset, (view as Uint8Array).length) as Uint8Array;
}

function cloneEntries(value: object, copy: object, seen: Seen): object {
  seen.set(value, copy);
  for (const key of Object.keys(value)) {
    const own = clone((value as Record<string, unknown>)[key], seen);
    Object.defineProperty(copy, key, {
      value: own,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return copy;
}

function cloneObject(value: object, seen: Seen): unknown {
  const keep = <T>(copy: T): T => {
    seen.set(value, copy);
    return copy;
  };
  if (Array.isArray(value)) return cloneEntries(value, new Array(value.length), seen);
  if (ArrayBuffer.isView(value)) return keep(cloneView(value as View, seen));
  if (has(bufferLength, value)) return keep((value as ArrayBuffer).slice(0));
  if (sharedLength && has(sharedLength, value)) return value;
  if (has(Date.prototype.getTime, value)) return keep(new Date((value as Date).getTime()));
  if (has(regExpSource, value) && value instanceof RegExp) {
    return keep(new RegExp(value.source, value.flags));
  }
  if (has(mapSize, value)) {
    const copy = keep(new Map());
    for (const [key, one] of [...(value as Map<unknown, unknown>)]) {
      copy.set(clone(key, seen), clone(one, seen));
    }
    return copy;
  }
  if (has(setSize, value)) {
    const copy = keep(new Set());
    for (const one of [...(value as Set<unknown>)]) copy.add(clone(one, seen));
    return copy;
  }
  if (value instanceof Error) return cloneError(value, seen);
  const primitive = primitiveObject(value);
  if (primitive) return keep(primitive);
  if (typeof value === 'function') refuse(value);
  if (UNCLONED.some((kind) => value instanceof kind)) refuse(`#<${value.constructor.name}>`);
  return cloneEntries(value, {}, seen);
}

function clone(value: unknown, seen: Seen): unknown {
  if (typeof value === 'symbol') refuse(value);
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return value;
  return seen.has(value) ? seen.get(value) : cloneObject(value, seen);
}

export function structuredClone(
  value: unknown,
  options?: { transfer?: readonly ArrayBuffer[] },
): unknown {
  const seen: Seen = new Map();
  const transfer = [...(options?.transfer ?? [])];
  for (const buffer of transfer) {
    if (!has(bufferLength, buffer)) refuse(buffer);
    if (buffer.detached) throw new DOMException('A buffer is detached.', 'DataCloneError');
  }
  const held = transfer.map((buffer) => [buffer, buffer.slice(0)] as const);
  for (const [buffer, copy] of held) seen.set(buffer, copy);
  const copy = clone(value, seen);
  for (const buffer of transfer) buffer.transfer();
  return copy;
}
