/** An engine of this machine, seen by everybody or by one owner. */
import type { SandboxRecord } from '@belljar/store';
import type { DoctorReport } from '../doctor/report.js';
import type {
  CreateSandboxOptions,
  Engine,
  GetSandboxOptions,
  ListSandboxesOptions,
  ListSnapshotsOptions,
  OpenSandboxOptions,
  RunOptions,
  SnapshotInfo,
} from '../engine.js';
import { BelljarError } from '../errors.js';
import type { Execution } from '../execution.js';
import type { Sandbox, SandboxInfo } from '../sandbox.js';
import {
  checkCreateSandbox,
  checkGetSandbox,
  checkId,
  checkImport,
  checkListSandboxes,
  checkListSnapshots,
  checkOpenSandbox,
  checkOwner,
  checkRun,
} from './check-input.js';
import { snapshotInfo, startFromSnapshot } from './copies.js';
import type { EngineCore } from './engine-core.js';
import { LocalSandbox } from './local-sandbox.js';
import { runOnce } from './run-once.js';
import { SandboxAccess } from './sandbox-access.js';
import { exportSandbox, importSandbox } from './transfer.js';

/** Owner of what is created without `as(owner)`. */
const DEFAULT_OWNER = 'default';
const DEFAULT_PAGE_SIZE = 100;

export class LocalEngine implements Engine {
  readonly #core: EngineCore;
  readonly #owner: string | undefined;

  constructor(core: EngineCore, owner?: string) {
    this.#core = core;
    this.#owner = owner;
  }

  async createSandbox(given: CreateSandboxOptions = {}): Promise<Sandbox> {
    this.#core.assertOpen();
    const options = checkCreateSandbox(given);
    if (options.snapshot !== undefined) {
      const snapshot = await this.#core.find(options.snapshot, this.#owner, 'snapshot');
      const started = await startFromSnapshot(this.#core, snapshot, options);
      return new LocalSandbox(this.#core, started, this.#owner);
    }
    const record = this.#core.newRecord(this.#owner ?? DEFAULT_OWNER, options, undefined);
    const { limits } = this.#core.info(record);
    const live = await this.#core.acquire(record.language, limits);
    try {
      await this.#core.store.createSandbox(record);
    } catch (error) {
      await live.end();
      throw error;
    }
    const { residents, hibernation } = this.#core;
    const resident = residents.get(record.id);
    residents.settle(resident, live);
    resident.checkpoints.begin(undefined, false);
    hibernation.used(resident);
    return new LocalSandbox(this.#core, record, this.#owner);
  }

  async openSandbox(given: OpenSandboxOptions): Promise<Sandbox> {
    this.#core.assertOpen();
    const { key, ...options } = checkOpenSandbox(given);
    const owner = this.#owner ?? DEFAULT_OWNER;
    // Fails before a record is made where the language cannot be had.
    await this.#core.runtimes.get(options.language ?? 'python');
    const { record } = await this.#core.store.openSandbox(
      owner,
      key,
      () => this.#core.newRecord(owner, options, key),
      Date.now(),
    );
    return new LocalSandbox(this.#core, record, this.#owner);
  }

  async getSandbox(id: string, given: GetSandboxOptions = {}): Promise<Sandbox> {
    const { takeOver = false } = checkGetSandbox(given);
    const record = await this.#core.find(checkId(id), this.#owner);
    if (takeOver) await this.#core.leaseRequests.takeOver(record.id);
    return new LocalSandbox(this.#core, record, this.#owner);
  }

  async listSandboxes(
    given: ListSandboxesOptions = {},
  ): Promise<{ sandboxes: SandboxInfo[]; nextPageToken: string | undefined }> {
    const page = await this.#list('sandbox', checkListSandboxes(given));
    const { records, nextPageToken } = page;
    return { sandboxes: records.map((record) => this.#core.info(record)), nextPageToken };
  }

  /** An owner sees no other's, whatever is asked for. */
  async #list(
    kind: SandboxRecord['kind'],
    { owner, pageSize = DEFAULT_PAGE_SIZE, ...options }: ListSandboxesOptions,
  ): Promise<{ records: SandboxRecord[]; nextPageToken: string | undefined }> {
    this.#core.assertOpen();
    if (this.#owner !== undefined && (owner ?? this.#owner) !== this.#owner) {
      return { records: [], nextPageToken: undefined };
    }
    const query = { ...options, kind, owner: this.#owner ?? owner, pageSize, now: Date.now() };
    const { sandboxes, nextPageToken } = await this.#core.store.listSandboxes(query);
    return { records: sandboxes, nextPageToken };
  }

  async deleteSandbox(id: string): Promise<void> {
    const record = await this.#core.find(checkId(id), this.#owner);
    await this.#core.residents.delete(record.id);
  }

  async listSnapshots(
    given: ListSnapshotsOptions = {},
  ): Promise<{ snapshots: SnapshotInfo[]; nextPageToken: string | undefined }> {
    const page = await this.#list('snapshot', checkListSnapshots(given));
    return {
      snapshots: page.records.map(snapshotInfo),
      nextPageToken: page.nextPageToken,
    };
  }

  async deleteSnapshot(id: string): Promise<void> {
    const record = await this.#core.find(checkId(id), this.#owner, 'snapshot');
    await this.#core.residents.delete(record.id);
  }

  async run(given: RunOptions): Promise<Execution> {
    this.#core.assertOpen();
    return runOnce(this.#core, checkRun(given));
  }

  async exportSandbox(id: string): Promise<ReadableStream<Uint8Array>> {
    const record = await this.#core.find(checkId(id), this.#owner);
    return exportSandbox(new SandboxAccess(this.#core, record, this.#owner));
  }

  async importSandbox(given: ReadableStream<Uint8Array>): Promise<Sandbox> {
    this.#core.assertOpen();
    const owner = this.#owner ?? DEFAULT_OWNER;
    const record = await importSandbox(this.#core, checkImport(given), owner);
    return new LocalSandbox(this.#core, record, this.#owner);
  }

  as(owner: string): Engine {
    const asked = checkOwner(owner);
    if (this.#owner !== undefined && asked !== this.#owner) {
      throw new BelljarError(
        'INVALID_ARGUMENT',
        `This engine is bound to the owner '${this.#owner}'.`,
      );
    }
    return new OwnerEngine(this.#core, asked);
  }

  async doctor(): Promise<DoctorReport> {
    this.#core.assertOpen();
    return this.#core.examine();
  }

  async close(): Promise<void> {
    await this.#core.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A view for one owner. Closing it closes nothing: the engine behind it serves others too. */
class OwnerEngine extends LocalEngine {
  override async close(): Promise<void> {}
}
