/** What every driver's audit log accepts. */
import { checkName, checkSha256, checkWhole, invalid, requireObject } from './check-input.js';
import type { AuditDeed, AuditHead } from './contract/audit.js';
import { copyJson } from './copy-json.js';

export function checkDeed(deed: AuditDeed): AuditDeed {
  requireObject(deed, 'deed');
  const { sandboxId, owner } = deed;
  if (checkName(deed.what, 'what') === '') throw invalid('what', 'must not be empty');
  return {
    what: deed.what,
    sandboxId: sandboxId === undefined ? undefined : checkName(sandboxId, 'sandboxId'),
    owner: owner === undefined ? undefined : checkName(owner, 'owner'),
    details: copyJson(deed.details, 'details'),
  };
}

export function checkHead(head: AuditHead): AuditHead {
  requireObject(head, 'pinnedHead');
  return {
    sequence: checkWhole(head.sequence, 'pinnedHead.sequence'),
    link: checkSha256(head.link, 'pinnedHead.link'),
  };
}
