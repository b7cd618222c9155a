import { expect, test } from 'vitest';
import type { ExportEnd } from '../../../src/service/listing/user-export.ts';
import { incompleteExport } from '../../../src/transport/rpc/incomplete-export.ts';

const REASONS = ['damaged', 'too_large', 'unavailable'] as const;

// Callers repeat what is unavailable: an export that cannot be complete would never end.
test.each([
  [['damaged'], 'damaged'],
  [['too_large'], 'too_large'],
  [['damaged', 'too_large'], 'too_large'],
  [['unavailable'], 'unavailable'],
  [REASONS, 'unavailable'],
] as const)('an export with problems %j is refused as %s', (reasons, expected) => {
  const problems = reasons.map((reason) => ({ reason, sessionId: 's', message: '' }));
  const counts = { sessions: 0, spooledUpdates: 0, problems, problemCount: problems.length };
  const end: ExportEnd = { kind: 'end', isComplete: false, ...counts };
  const refusal = incompleteExport(end);
  expect(refusal.reason).toBe(expected);
  expect(refusal.message.endsWith('export again')).toBe(expected === 'unavailable');
});
