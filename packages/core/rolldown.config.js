/**
 * One file for each entry: Node takes 130 ms less to load it than 100 modules, and a cold start
 * counts. Reads what `tsc` made; the type declarations stay as they are.
 */
const library = {
  input: { index: 'dist/index.js', tool: 'dist/tool/index.js' },
  platform: 'node',
  output: {
    dir: 'dist/bundle',
    cleanDir: true, // the names of chunks change with their content
    format: 'esm',
    entryFileNames: '[name].js',
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
  output: { dir: 'dist/bundle', format: 'cjs', entryFileNames: '[name].cjs' },
};

export default [library, host];
