#!/usr/bin/env node
// Keeps to syntax that old Nodes parse, so that they get the sentence below and no syntax error.
if (Number(process.versions.node.split('.')[0]) < 24) {
  process.stderr.write(
    'belljar: RUNTIME_UNAVAILABLE: Belljar needs Node 24; this is Node ' +
      process.versions.node +
      '. Install Node 24 and run again with it first on the PATH.\n',
  );
  process.exitCode = 125;
} else {
  void import('../dist/main.js').then((cli) => cli.main(process.argv.slice(2)));
}
