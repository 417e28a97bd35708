/**
 * One file for each entry: Node takes 130 ms less to load it than 100 modules, and a cold start
 * counts. Reads what `tsc` made; the type declarations stay as they are.
 */
const library = {
  input: { index: 'dist/index.js', tool: 'dist/tool/index.js' },
  platform: 'node',
  output: {
    dir: 'dist/bundle',
    format: 'esm',
    entryFileNames: '[name].js',
    // Without a hash: a build writes over the last one's, and none of those goes into a release.
    chunkFileNames: '[name].js',
    sourcemap: true,
  },
};

/**
 * The program of a JavaScript sandbox's process. One file, since it can read no other;
 * isolated-vm is named on its command line.
 */
const host = {
  input: { 'javascript-host': 'dist/runtimes/javascript/host/main.js' },
  platform: 'node',
  resolve: {
    alias: {
      'isolated-vm': new URL('dist/runtimes/javascript/host/addon.js', import.meta.url).pathname,
    },
  },
  output: {
    dir: 'dist/bundle',
    format: 'cjs',
    entryFileNames: '[name].cjs',
    codeSplitting: false,
  },
};

/**
 * The program of an isolate, and libraries that it loads when code asks for them. Each is one script
 * without imports, and runs where there is nothing but the language.
 */
const guest = (file, input, output) => ({
  input: `dist/runtimes/javascript/guest/${input}.js`,
  platform: 'browser',
  // In spite of package.json, which speaks of the library.
  treeshake: { moduleSideEffects: [{ test: /guest/, sideEffects: true }] },
  resolve: {
    // Neither Node's nor a browser's text encoding is there to be built on.
    aliasFields: [['react-native']],
    conditionNames: ['react-native', 'import', 'default'],
    // Encodings of many bytes a character: a megabyte of tables.
    alias: { '@exodus/bytes/encoding.js': '@exodus/bytes/encoding-lite.js' },
  },
  output: {
    dir: 'dist/bundle',
    entryFileNames: `${file}.js`,
    exports: 'named',
    keepNames: true,
    ...output,
  },
});

/** Of the language, kept from code that declares the same names. */
const language =
  'Array, ArrayBuffer, BigInt, Boolean, DataView, Error, Intl, JSON, Map, Math, Number, Object, ' +
  'Promise, RangeError, Reflect, RegExp, Set, String, Symbol, SyntaxError, TypeError, Uint8Array, ' +
  'WeakMap, decodeURIComponent, encodeURIComponent';

const guests = [
  guest('javascript-guest', 'main', {
    format: 'iife',
    name: 'guest',
    banner: `'use strict';\nconst { ${language} } = globalThis;`,
  }),
  guest('javascript-guest-url', 'lazy/url', { format: 'cjs', minify: true }),
  guest('javascript-guest-assert', 'lazy/assert', { format: 'cjs', minify: true }),
];

export default [library, host, ...guests];
