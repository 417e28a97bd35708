/** What every store does. A driver is tested by `describeStore(name, create)`. */
import { describe } from 'vitest';
import { describeAudit } from './store/audit.js';
import { describeBlobs } from './store/blobs.js';
import { describeCheckpoints, describeCopiedSandboxes } from './store/checkpoints.js';
import { describeClose } from './store/close.js';
import { describeCopies } from './store/copies.js';
import { describeDelete } from './store/delete.js';
import { describeJournal, describeJournalEnds } from './store/journal.js';
import { describeKeyRefusals, describeKeys } from './store/keys.js';
import { describeLeasedJournal } from './store/leased-journal.js';
import { describeLeases } from './store/leases.js';
import { describeList } from './store/list.js';
import { describeOpaqueValues } from './store/opaque-values.js';
import { describePaging } from './store/paging.js';
import type { CreateStore } from './store/records.js';
import { describeSandboxes } from './store/sandboxes.js';
import { describeTransfer } from './store/transfer.js';
import { describeWrongInput } from './store/wrong-input.js';

export type { CreateStore } from './store/records.js';

export function describeStore(name: string, create: CreateStore): void {
  describe(`store: ${name}`, () => {
    describe('sandboxes', () => describeSandboxes(create));
    describe('keys', () => describeKeys(create));
    describe('refused keys', () => describeKeyRefusals(create));
    describe('list', () => describeList(create));
    describe('paging', () => describePaging(create));
    describe('journal', () => describeJournal(create));
    describe('journal ends', () => describeJournalEnds(create));
    describe('leases', () => describeLeases(create));
    describe('journal under leases', () => describeLeasedJournal(create));
    describe('checkpoints', () => describeCheckpoints(create));
    describe('copied sandboxes', () => describeCopiedSandboxes(create));
    describe('audit log', () => describeAudit(create));
    describe('export and import', () => describeTransfer(create));
    describe('opaque values', () => describeOpaqueValues(create));
    describe('blobs', () => describeBlobs(create));
    describe('delete', () => describeDelete(create));
    describe('copies', () => describeCopies(create));
    describe('wrong input', () => describeWrongInput(create));
    describe('close', () => describeClose(create));
  });
}
