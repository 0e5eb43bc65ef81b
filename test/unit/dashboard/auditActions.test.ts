import { expect, test } from 'vitest';
import { auditActions as written } from '../../../core/audit/actions.ts';
import { auditActions } from '../../../dashboard/src/settings/auditActions.ts';

test('the audit log’s filter offers every action that the server writes, and no other', () => {
  expect([...Object.values(auditActions)].flat().sort()).toEqual(Object.keys(written).sort());
});
