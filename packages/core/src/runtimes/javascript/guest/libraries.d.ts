/** Libraries without types of their own, as the guest uses them. */
declare module 'path-browserify' {
  const path: typeof import('node:path').posix;
  export = path;
}
declare module 'events/events.js' {
  const EventEmitter: typeof import('node:events').EventEmitter;
  export = EventEmitter;
}
declare module 'assert/build/assert.js' {
  const assert: typeof import('node:assert');
  export = assert;
}
declare module 'whatwg-url' {
  export const URL: typeof globalThis.URL;
  export const URLSearchParams: typeof globalThis.URLSearchParams;
}
