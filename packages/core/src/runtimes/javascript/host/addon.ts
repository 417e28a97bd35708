/**
 * isolated-vm where there is no `node_modules`: its one file is named on the command line.
 *
 * Not by `require`, which looks for a `package.json` in every folder above it.
 */
import type ivm from 'isolated-vm';

const [, , addon = ''] = process.argv;
const loaded = { exports: {} as { ivm: typeof ivm } };
process.dlopen(loaded, addon);

// biome-ignore lint/style/noDefaultExport: it stands for a module that has one
export default loaded.exports.ivm;
