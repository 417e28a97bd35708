/** What a store refuses, as the engine's callers are told. */
import { type Store, StoreError, type StoreErrorCode } from '@belljar/store';
import { BelljarError, type ErrorCode } from '../errors.js';

const CODES: Partial<Record<StoreErrorCode, { code: ErrorCode; suggestion?: string }>> = {
  INVALID_ARGUMENT: { code: 'INVALID_ARGUMENT' },
  NOT_FOUND: {
    code: 'SANDBOX_NOT_FOUND',
    suggestion: 'It was deleted, or its time to live is over.',
  },
  LEASE_LOST: {
    code: 'SANDBOX_HELD',
    suggestion: 'Nothing of this call was recorded. This engine was held up for too long.',
  },
  STORE_CLOSED: { code: 'ENGINE_CLOSED', suggestion: 'Open another with createEngine().' },
  STORE_CORRUPT: {
    code: 'STORE_CORRUPT',
    suggestion: 'Restore the directory from a copy, or give another one.',
  },
  KEY_REFUSED: {
    code: 'KEY_REFUSED',
    suggestion: 'Give the key provider, or the key file, that the directory was made with.',
  },
  STORE_UNAVAILABLE: {
    code: 'STORE_UNAVAILABLE',
    suggestion: 'What was acknowledged before is kept.',
  },
};

export function explainStoreError(cause: unknown): unknown {
  if (!StoreError.isInstance(cause)) return cause;
  const known = CODES[cause.code];
  if (!known) return cause;
  const { suggestion } = known;
  return new BelljarError(known.code, cause.message, { suggestion, details: cause.details, cause });
}

/** The same store; its refusals are `BelljarError`s. Tells of each lease that is found lost. */
export function withEngineErrors(store: Store, onLeaseLost: (sandboxId: string) => void): Store {
  const explain = (error: unknown): never => {
    if (StoreError.isInstance(error) && error.code === 'LEASE_LOST') {
      onLeaseLost(String(error.details.sandboxId));
    }
    throw explainStoreError(error);
  };
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        const result: unknown = value.apply(target, given);
        return result instanceof Promise ? result.catch(explain) : result;
      };
    },
  });
}
