/** Commands that run a program where a directory is mounted anew. */
import { runEngine } from '../attacks/run-engine.js';
import { requires } from './requires.js';

/** Root mounts as itself; anybody else is root of a user namespace, which has no other user. */
const isRoot = process.getuid?.() === 0;
const user = isRoot ? [] : ['--user', '--map-root-user'];

function mounted(mount: string): string[] {
  const script = `${mount} && exec "$@"`;
  return ['unshare', ...user, '--mount', 'sh', '-c', script, 'sh'];
}

/** A file system of 3 MB. */
export const onSmallDisk = (directory: string): string[] =>
  mounted(`mount -t tmpfs -o size=3m,mode=700 none '${directory}'`);

/** The directory as it is, without writing. */
export const onReadOnly = (directory: string): string[] =>
  mounted(`mount --bind '${directory}' '${directory}' && mount -o remount,ro,bind '${directory}'`);

export const withMounts = await requires('mounts in a user namespace', async (): Promise<true> => {
  await runEngine('console.log(1)', onSmallDisk('/mnt'));
  return true;
});

/** For what needs other users there too, as an engine does. */
export const withMountsAsRoot = await requires(
  'root, to mount and to have other users',
  () => isRoot || 'run the tests as root',
  { optional: 'CI runs the tests as root and as an ordinary user' },
);
