import { createHash } from 'node:crypto';
import { BelljarError, type CreateSandboxOptions, type Engine, type Sandbox } from '@belljar/core';
import type { Experimental_SandboxSession as SandboxSession } from 'ai';
import { type SessionSettings, sandboxSession } from './belljar-session.js';
import { portsUnsupported } from './ports-unsupported.js';

/** An engine, for a sandbox a session; or one sandbox, whose life stays the caller's. */
export type BelljarSandboxSettings = SessionSettings &
  (
    | {
        engine: Engine;
        /** For each sandbox that is made. Python only: JavaScript sandboxes have no shell. */
        create?: Omit<CreateSandboxOptions, 'language' | 'snapshot'> | undefined;
        sandbox?: undefined;
      }
    | { sandbox: Sandbox; engine?: undefined; create?: undefined }
  );

/** A `SandboxSession` with its lifecycle: what harnesses call a network sandbox session. */
export interface BelljarSandboxSession extends SandboxSession {
  /** The sandbox's id. */
  readonly id: string;
  readonly defaultWorkingDirectory: string;
  /** None: nothing outside reaches into a sandbox. */
  readonly ports: readonly number[];
  getPortEndpoint(options: { port: number }): Promise<never>;
  getPortUrl(options: { port: number }): Promise<never>;
  /** Keeps memory and files and ends its processes; `resumeSession` goes on. Idempotent. */
  stop(): Promise<void>;
  /** Destroys the sandbox and every byte of it. Idempotent. */
  destroy(): Promise<void>;
  /** Files and commands only: for tools. */
  restricted(): SandboxSession;
}

export interface CreateSessionOptions {
  /** Found again by it, also after a restart, where the engine has a directory. */
  sessionId?: string | undefined;
  abortSignal?: AbortSignal | undefined;
  /** Not used: each sandbox is prepared by `onFirstCreate`. */
  identity?: string | undefined;
  /** Called for a sandbox that was just made. When it fails, the sandbox is deleted. */
  onFirstCreate?:
    | ((session: SandboxSession, options: { abortSignal?: AbortSignal }) => Promise<void>)
    | undefined;
}

/** Assignable to `HarnessV1SandboxProvider` of `@ai-sdk/harness`, which need not be installed. */
export interface BelljarSandboxProvider {
  readonly specificationVersion: 'harness-sandbox-v1';
  readonly providerId: 'belljar';
  /** A new sandbox, or the one of this `sessionId`. */
  createSession(options?: CreateSessionOptions): Promise<BelljarSandboxSession>;
  /** Errors: `SANDBOX_NOT_FOUND` when no session of this id is kept. */
  resumeSession(options: {
    sessionId: string;
    abortSignal?: AbortSignal | undefined;
  }): Promise<BelljarSandboxSession>;
}

/** Sandboxes of a session are found by it. */
const SESSION_LABEL = 'ai-sdk-session';

/** Gives AI SDK tools and harnesses a Belljar sandbox. Makes nothing before the first session. */
export function createBelljarSandbox(settings: BelljarSandboxSettings): BelljarSandboxProvider {
  return {
    specificationVersion: 'harness-sandbox-v1',
    providerId: 'belljar',
    async createSession(options = {}) {
      const { sessionId, abortSignal, onFirstCreate } = options;
      abortSignal?.throwIfAborted();
      const { sandbox, isNew } = await open(settings, sessionId);
      const session = await openSession(sandbox, settings);
      if (isNew) await prepare(session, onFirstCreate, abortSignal);
      return session;
    },
    async resumeSession({ sessionId, abortSignal }) {
      abortSignal?.throwIfAborted();
      return openSession(settings.sandbox ?? (await find(settings.engine, sessionId)), settings);
    },
  };
}

async function open(
  { sandbox, engine, create }: BelljarSandboxSettings,
  sessionId: string | undefined,
): Promise<{ sandbox: Sandbox; isNew: boolean }> {
  if (sandbox !== undefined) return { sandbox, isNew: false };
  const options = { ...create, language: 'python' } as const;
  if (sessionId === undefined) return { sandbox: await engine.createSandbox(options), isNew: true };
  const opened = await engine.openSandbox({
    ...options,
    key: `${SESSION_LABEL}:${sessionId}`,
    labels: { ...create?.labels, [SESSION_LABEL]: labelOf(sessionId) },
  });
  return { sandbox: opened, isNew: await isUnused(opened) };
}

async function find(engine: Engine, sessionId: string): Promise<Sandbox> {
  const labels = { [SESSION_LABEL]: labelOf(sessionId) };
  const [found] = (await engine.listSandboxes({ labels, pageSize: 1 })).sandboxes;
  if (found) return engine.getSandbox(found.id);
  throw new BelljarError('SANDBOX_NOT_FOUND', `No sandbox of the session '${sessionId}' is kept.`, {
    suggestion: 'Its time to live may have ended: create a session.',
  });
}

async function openSession(
  sandbox: Sandbox,
  settings: BelljarSandboxSettings,
): Promise<BelljarSandboxSession> {
  if (sandbox.info.state === 'stopped') await sandbox.start();
  const base = (await sandbox.shell('pwd')).stdout.trim();
  const session = sandboxSession(sandbox, base, settings);
  const { engine } = settings;
  return {
    ...session,
    id: sandbox.id,
    defaultWorkingDirectory: base,
    ports: [],
    getPortEndpoint: portsUnsupported,
    getPortUrl: portsUnsupported,
    async stop() {
      if (engine) await sandbox.stop();
    },
    async destroy() {
      if (!engine) return;
      await engine.deleteSandbox(sandbox.id).catch((error: unknown) => {
        if (!BelljarError.isInstance(error) || error.code !== 'SANDBOX_NOT_FOUND') throw error;
      });
    },
    restricted: () => session,
  };
}

async function prepare(
  session: BelljarSandboxSession,
  onFirstCreate: CreateSessionOptions['onFirstCreate'],
  abortSignal: AbortSignal | undefined,
): Promise<void> {
  try {
    await onFirstCreate?.(session.restricted(), { ...(abortSignal && { abortSignal }) });
  } catch (error) {
    await session.destroy();
    throw error;
  }
}

async function isUnused(sandbox: Sandbox): Promise<boolean> {
  for await (const _ of sandbox.executions({ limit: 1 })) return false;
  return true;
}

/** A label has fewer characters than a session id may have. */
function labelOf(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex');
}
