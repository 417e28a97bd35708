/** `DOMException` as the web has it. */
const CODES: Record<string, number> = {
  InvalidCharacterError: 5,
  NotSupportedError: 9,
  InvalidStateError: 11,
  SyntaxError: 12,
  AbortError: 20,
  QuotaExceededError: 22,
  TimeoutError: 23,
  DataCloneError: 25,
};

export class DOMException extends Error {
  readonly code: number;

  constructor(message = '', options: string | { name?: string; cause?: unknown } = 'Error') {
    super(message, typeof options === 'string' ? undefined : options);
    const name = typeof options === 'string' ? options : (options.name ?? 'Error');
    Object.defineProperty(this, 'name', { value: name, configurable: true });
    this.code = CODES[name] ?? 0;
    Object.defineProperty(this, 'code', { enumerable: false });
  }
}
