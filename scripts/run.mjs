// Entry of every npm script: sets the project up, then runs one task. Needs nothing but Node.
// This file keeps to syntax that Node 12 parses, so that an old Node gets the sentence below.
if (Number(process.versions.node.split('.')[0]) < 20) {
  process.stderr.write(
    'belljar: Node ' +
      process.versions.node +
      ' is too old to set the project up: install Node 20 or newer (24 is best) and run again.\n',
  );
  process.exitCode = 1;
} else {
  void import('./setup/tasks.mjs').then((tasks) => tasks.main(process.argv.slice(2)));
}
