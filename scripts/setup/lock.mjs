// One set-up at a time in one checkout: two at once would delete each other's node_modules.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './report.mjs';

/** @param {string} path */
function holderOf(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}

/**
 * Whether the process still holds the lock: it runs, and it is one of ours. A zombie has no command
 * line, and a pid that another program has by now has another one.
 *
 * @param {number} pid
 */
function isHolding(pid) {
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPERM') return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('run.mjs');
  } catch {
    return true;
  }
}

/**
 * Runs `work` while holding the lock file. A lock whose holder is gone is taken over.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  for (let said = false, unreadable = 0; ; ) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const holder = holderOf(path);
    // An empty file is a holder between its open and its write, or one that died there.
    unreadable = holder > 0 ? 0 : unreadable + 1;
    if ((holder > 0 && !isHolding(holder)) || unreadable > 10) {
      rmSync(path, { force: true });
      continue;
    }
    if (!said) say(`waiting for another set-up of this folder (process ${holder})`);
    said = true;
    await sleep(200);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
