/** What a JavaScript sandbox's process is made of: Node, the isolate host's program, isolated-vm. */
import { readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BelljarError } from '../../errors.js';

const MIB = 1024 * 1024;

/** Relative to this package's own description, wherever a build has put this module. */
const BUNDLE = new URL('dist/bundle/', import.meta.resolve('@belljar/core/package.json'));
/** What runs inside of an isolate: the host reads it from beside itself. */
const GUESTS = ['javascript-guest.js', 'javascript-guest-url.js', 'javascript-guest-assert.js'];

/**
 * - isolated-vm asks for `--no-node-snapshot`.
 * - WebAssembly without guard pages: each memory would reserve 8 GiB of address space otherwise.
 * - Nothing is to listen to SIGUSR1, look for a configuration, or say anything on its own.
 */
const FLAGS = [
  '--no-node-snapshot',
  '--disable-wasm-trap-handler',
  '--disable-sigusr1',
  '--openssl-config=/dev/null',
  '--no-warnings',
  '--v8-pool-size=1',
];

export interface HostProgram {
  /** Before the program's own path and isolated-vm's. */
  flags: string[];
  files: { node: string; 'host.cjs': string; 'isolated-vm.node': string } & Record<string, string>;
}

export const HOST_ENVIRONMENT = { LANG: 'C.UTF-8', TZ: 'UTC', UV_USE_IO_URING: '0' };

/** V8's code ranges of two isolates count in full, and are hardly touched: 1.1 GB were measured. */
export const HELD_BYTES = 1_536 * MIB;
/** 1.8 GB were measured, before a WebAssembly memory reserves what it may grow to. */
export const RESERVED_BYTES = 4_096 * MIB;
/** Node's main thread, timers, V8's and libuv's workers, isolated-vm's: 5 to 13 were measured. */
export const THREADS = 16;

/** What Node is given, in this order: the program, and what it is told. The last need not be there. */
export const PROGRAM = ['host.cjs', 'isolated-vm.node', 'modules.json'];

/**
 * `modules`: a file of those that the engine was given. `RUNTIME_UNAVAILABLE` where isolated-vm, which
 * is optional, is not installed.
 */
export function findHostProgram(modules?: string): HostProgram {
  const bundled = (name: string): string => realpathSync(fileURLToPath(new URL(name, BUNDLE)));
  return {
    flags: FLAGS,
    files: {
      node: realpathSync(process.execPath),
      'host.cjs': bundled('javascript-host.cjs'),
      'isolated-vm.node': realpathSync(findAddon()),
      ...Object.fromEntries(GUESTS.map((name) => [name, bundled(name)])),
      ...(modules === undefined ? {} : { 'modules.json': realpathSync(modules) }),
    },
  };
}

/** Found, not loaded: V8 isolates never are in the application's process. */
function findAddon(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('isolated-vm');
    const { path } = createRequire(entry)('node-gyp-build') as { path(folder: string): string };
    return path(dirname(entry));
  } catch (cause) {
    throw new BelljarError('RUNTIME_UNAVAILABLE', 'JavaScript sandboxes need isolated-vm.', {
      suggestion:
        'Install it beside Belljar: npm install isolated-vm@7. It has builds for Node 24 and 26 on ' +
        'Linux (x64, arm64) and macOS (arm64); elsewhere it is compiled.',
      cause,
    });
  }
}

/** Shared libraries of this process: where Node is no single file, it finds its parts nowhere else. */
export function nodeLibraries(): string[] {
  const paths = readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .map((line) => line.slice(line.indexOf('/')))
    .filter((path) => /\.so(\.|$)/.test(path));
  return [...new Set(paths)];
}
