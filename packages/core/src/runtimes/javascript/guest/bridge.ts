/**
 * The guest's end of the bridge. The host's end is `host/bridge.ts`.
 *
 * What crosses: an operation's name, strings, numbers, `ArrayBuffer`s. The host's function is called
 * from here only and is kept in a closure; it returns, and raises nothing.
 */

/** Answers bytes, a number, nothing, or a text whose first character says what follows. */
export type HostCall = (
  operation: string,
  first?: string | number,
  second?: string,
  third?: ArrayBuffer,
) => ArrayBuffer | string | number | undefined;

export type Stream = 'stdout' | 'stderr';

/** What an operation on files came to, when it failed. */
export interface FileFailure {
  message: string;
  code: string;
  errno: number;
  syscall: string;
  path?: string;
  dest?: string;
}

export interface Bridge {
  print(stream: Stream, text: string): void;
  display(json: string): void;
  /** Milliseconds since this execution began, in tenths. */
  elapsedMs(): number;
  /** From the stream that the seed of this execution begins. Undefined for too many. */
  randomBytes(count: number): ArrayBuffer | undefined;
  digest(algorithm: string, key: string | undefined, data: ArrayBuffer): ArrayBuffer | undefined;
  /** Text of a module, as the body of a function of `exports`, `require` and `module`. */
  moduleSource(name: string): string | undefined;
  files(operation: string, given: readonly unknown[], data?: ArrayBuffer): unknown;
}

/** As functions that no later change of a prototype reaches. */
const { parse, stringify } = JSON;
const sliceOf = Function.prototype.call.bind(String.prototype.slice) as unknown as (
  text: string,
  start: number,
) => string;

const AS_JSON = '=';
const AS_FAILURE = '!';

export function createBridge(call: HostCall, fileError: (failure: FileFailure) => Error): Bridge {
  return {
    print: (stream, text) => void call('print', stream, text),
    display: (json) => void call('display', json),
    elapsedMs: () => call('elapsed') as number,
    randomBytes: (count) => call('random', count) as ArrayBuffer | undefined,
    digest: (algorithm, key, data) =>
      call('digest', algorithm, key, data) as ArrayBuffer | undefined,
    moduleSource: (name) => call('module', name) as string | undefined,
    files(operation, given, data) {
      const answer = call('files', operation, stringify(given), data);
      if (typeof answer !== 'string') return answer;
      const rest = sliceOf(answer, 1);
      if (answer[0] === AS_FAILURE) throw fileError(parse(rest) as FileFailure);
      return answer[0] === AS_JSON ? (parse(rest) as unknown) : rest;
    },
  };
}
