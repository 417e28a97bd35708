/** Brings a sandbox back into memory: its newest checkpoint, then the executions since. */
import type { CheckpointRecord, SandboxRecord } from '@belljar/store';
import { BelljarError } from '../errors.js';
import type { SurvivalReport } from '../execution.js';
import type { SandboxProcess } from '../runtimes/runtime.js';
import type { LostValue, SandboxState, StateSource } from '../runtimes/sandbox-state.js';
import { readManifest } from './checkpoint-manifest.js';
import type { CheckpointBase } from './checkpoints.js';
import type { EngineCore } from './engine-core.js';
import { ReplayEnded, replay } from './replay.js';
import { storedLimits } from './sandbox-records.js';
import { joinSurvival } from './survival.js';

/** Entries that end the interpreter when they run again; then something else is wrong. */
const SKIPPED_MOST = 5;

export interface Recovered {
  process: SandboxProcess;
  /** Of the journal: it is as after that entry. */
  position: number;
  /** What it was restored from; undefined when it began anew. */
  base: CheckpointBase | undefined;
  /** It is not as in that checkpoint: executions ran again, or random streams are new. */
  changed: boolean;
  survival: SurvivalReport | undefined;
}

interface Base {
  checkpoint: CheckpointRecord;
  state: SandboxState;
}

interface Restored {
  process: SandboxProcess;
  base: Base | undefined;
  lost: LostValue[];
}

export async function recover(core: EngineCore, record: SandboxRecord): Promise<Recovered> {
  const notes: string[] = [];
  const skipped = new Set<string>();
  for (;;) {
    const { process, base, lost } = await restore(core, record, notes);
    const after = base?.checkpoint.position ?? 0;
    const { limits, reseedCheckpoint } = storedLimits(record);
    const { timeoutMs } = limits;
    try {
      const options = { store: core.store, sandboxId: record.id, after, timeoutMs, skipped };
      const { position, diverged } = await replay(process, options);
      const isReseeded = base !== undefined && base.checkpoint.id === reseedCheckpoint;
      const changed = position > after || isReseeded || base?.state.memory === undefined;
      const survival = joinSurvival({ lost, diverged, notes });
      const from = base && { id: base.checkpoint.id, state: base.state };
      return { process, position, base: from, changed, survival };
    } catch (error) {
      await process.end();
      if (!(error instanceof ReplayEnded)) throw error;
      if (skipped.size >= SKIPPED_MOST) throw notRecovered(record.id, error);
      skipped.add(error.executionId);
    }
  }
}

/** A process as of the newest checkpoint that can be used, or a fresh one. */
async function restore(
  core: EngineCore,
  record: SandboxRecord,
  notes: string[],
): Promise<Restored> {
  const { limits, reseedCheckpoint, seed } = storedLimits(record);
  let base = await usableBase(core, record, notes);
  for (;;) {
    const process = await core.acquire(record.language, limits);
    try {
      const state = base?.state ?? atFirst(await core.environmentOf(record.language));
      const reseed = base !== undefined && base.checkpoint.id === reseedCheckpoint;
      const options = { reseed, seed: seed ?? undefined };
      // What never ran has nothing to restore, and its seed is not kept yet.
      const isNew = base === undefined && seed === undefined;
      if (isNew || !process.restore) return { process, base: undefined, lost: [] };
      const lost = await process.restore(state, blobSource(core, record.id), options);
      return { process, base, lost: [...state.lost, ...lost] };
    } catch (error) {
      await process.end();
      core.assertOpen();
      if (isForNow(error)) throw error;
      const note = `A checkpoint could not be restored: ${messageOf(error)}`;
      if (!base) throw error;
      if (base.checkpoint.position > 0) {
        base = await newestBase(core, record.id, base.checkpoint.position - 1);
      } else if (base.state.memory) base = withoutMemory(base, note);
      else throw error;
      if (!notes.includes(note)) notes.push(note);
    }
  }
}

/** The newest checkpoint of this environment. What was before a journal began has its files only. */
async function usableBase(
  core: EngineCore,
  { id, language }: SandboxRecord,
  notes: string[],
): Promise<Base | undefined> {
  const newest = await newestBase(core, id, undefined);
  if (!newest) return undefined;
  const here = await core.environmentOf(language);
  const { environment } = newest.state;
  if (environment === here) return newest;
  const note =
    `A checkpoint of '${environment}' is of no use to '${here}': ` +
    'what is in the journal ran again instead.';
  if (!notes.includes(note)) notes.push(note);
  const first = await newestBase(core, id, 0);
  return first && first.state.environment !== here ? withoutMemory(first, note) : first;
}

/** Before anything ran. */
function atFirst(environment: string): SandboxState {
  return { environment, executionNumber: 0, memory: undefined, workspace: [], lost: [] };
}

function withoutMemory({ checkpoint, state }: Base, reason: string): Base {
  const lost = [{ name: 'all variables', type: '', reason }];
  return { checkpoint, state: { ...state, memory: undefined, lost } };
}

async function newestBase(
  core: EngineCore,
  sandboxId: string,
  atMost: number | undefined,
): Promise<Base | undefined> {
  const checkpoint = await core.store.getCheckpoint(sandboxId, { atMost });
  if (!checkpoint) return undefined;
  const get = (sha256: string) => core.store.getBlob(sandboxId, sha256);
  return { checkpoint, state: await readManifest(checkpoint.manifest, get) };
}

export function blobSource(core: EngineCore, sandboxId: string): StateSource {
  return {
    get: (piece) =>
      core.pieces.get(piece, async () => {
        const content = await core.store.getBlob(sandboxId, piece.sha256);
        if (content) return content;
        throw new Error(`the store has no content '${piece.sha256}'`);
      }),
    done: (piece) => core.pieces.done(piece),
  };
}

function notRecovered(id: string, { executionId, message }: ReplayEnded): BelljarError {
  return new BelljarError(
    'RUNTIME_UNAVAILABLE',
    `The sandbox '${id}' cannot be recovered: when '${executionId}' ran again, ${message}.`,
    { suggestion: 'Call rollback() with an execution before it.', details: { id, executionId } },
  );
}

/** It says nothing of the checkpoint: what ran again in its place would be kept for good. */
function isForNow(error: unknown): boolean {
  const codes: readonly string[] = ['STORE_UNAVAILABLE', 'KEY_REFUSED', 'SANDBOX_NOT_FOUND'];
  return BelljarError.isInstance(error) && codes.includes(error.code);
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
