/** An engine of this machine, seen by everybody or by one owner. */
import type { DoctorReport } from '../doctor/report.js';
import type {
  CreateSandboxOptions,
  Engine,
  ListSandboxesOptions,
  OpenSandboxOptions,
  RunOptions,
} from '../engine.js';
import { BelljarError } from '../errors.js';
import type { Execution } from '../execution.js';
import type { Sandbox, SandboxInfo } from '../sandbox.js';
import {
  checkCreateSandbox,
  checkId,
  checkListSandboxes,
  checkOpenSandbox,
  checkOwner,
  checkRun,
} from './check-input.js';
import type { EngineCore } from './engine-core.js';
import { LocalSandbox } from './local-sandbox.js';
import { notThereYet } from './not-there-yet.js';
import { runOnce } from './run-once.js';

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

  async getSandbox(id: string): Promise<Sandbox> {
    const record = await this.#core.find(checkId(id), this.#owner);
    return new LocalSandbox(this.#core, record, this.#owner);
  }

  async listSandboxes(
    given: ListSandboxesOptions = {},
  ): Promise<{ sandboxes: SandboxInfo[]; nextPageToken: string | undefined }> {
    this.#core.assertOpen();
    const options = checkListSandboxes(given);
    if (this.#owner !== undefined && (options.owner ?? this.#owner) !== this.#owner) {
      return { sandboxes: [], nextPageToken: undefined };
    }
    const page = await this.#core.store.listSandboxes({
      ...options,
      owner: this.#owner ?? options.owner,
      pageSize: options.pageSize ?? DEFAULT_PAGE_SIZE,
      now: Date.now(),
    });
    return { ...page, sandboxes: page.sandboxes.map((record) => this.#core.info(record)) };
  }

  async deleteSandbox(id: string): Promise<void> {
    const record = await this.#core.find(checkId(id), this.#owner);
    await this.#core.residents.delete(record.id);
  }

  async run(given: RunOptions): Promise<Execution> {
    this.#core.assertOpen();
    return runOnce(this.#core, checkRun(given));
  }

  exportSandbox(): Promise<never> {
    return notThereYet('exportSandbox()');
  }

  importSandbox(): Promise<never> {
    return notThereYet('importSandbox()');
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
