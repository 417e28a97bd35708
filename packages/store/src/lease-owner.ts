/** Who this process is to others that share a store, and whether the process of a lease lives. */
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { LeaseOwner } from './store.js';

/** A new owner of leases in this process. */
export function createLeaseOwner(): LeaseOwner {
  return {
    id: randomUUID(),
    pid: process.pid,
    processStart: readProcess(process.pid)?.start ?? '',
    host: hostname(),
    machine: thisMachine(),
  };
}

/**
 * True when the owner's process is known to have ended. A pid says nothing after another boot or in
 * another PID namespace: there only the lease's `expireTime` counts.
 */
export function isOwnerGone(owner: LeaseOwner): boolean {
  if (owner.machine !== thisMachine()) return false;
  if (!existsForSignals(owner.pid)) return true;
  const found = readProcess(owner.pid);
  if (!found) return false;
  return found.ended || (owner.processStart !== '' && found.start !== owner.processStart);
}

/** Pids mean the same to two processes when this is equal. */
function thisMachine(): string {
  const boot = readText('/proc/sys/kernel/random/boot_id');
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  // Unlike every other one, so that no pid is taken for another's.
  if (!boot || !namespace) return randomUUID();
  return `${boot.trim()} ${namespace}`;
}

function existsForSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** `start` counts clock ticks since the boot. The command before it may hold any character. */
function readProcess(pid: number): { start: string; ended: boolean } | undefined {
  const status = readText(`/proc/${pid}/stat`);
  const fields = status?.slice(status.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields?.[0], fields?.[19]];
  if (state === undefined || start === undefined) return undefined;
  return { start, ended: state === 'Z' || state === 'X' };
}

const readText = (path: string): string | undefined => attempt(() => readFileSync(path, 'utf8'));

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
