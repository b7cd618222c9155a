// A copy of the service with another rule of compaction in it, in a folder of its own. It shares
// node_modules.

import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const RULE_FILE = 'src/service/compacting/compaction-due.ts';

/** Copies the sources, and puts this text in place of the rule. The copy is removed when this
 * process exits. */
export function copyWithRule(text: string): { root: string } {
  const root = mkdtempSync(join(tmpdir(), 'session-rule-'));
  process.once('exit', () => rmSync(root, { recursive: true, force: true }));
  for (const part of ['src', 'package.json'])
    cpSync(join(ROOT, part), join(root, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, RULE_FILE), text);
  return { root };
}

/** The rule of `BYTES:TIMES`: compaction is due where deltas cross a multiple of BYTES, or of TIMES
 * the snapshot, whichever is more; and before the session is full. */
export function ruleText(rule: string): string {
  const [leastBytes, times] = rule.split(':').map(Number);
  return `export function isCompactionDue(
  { snapshotBytes, deltaBytes, appendedBytes },
  { sessionMaxBytes },
) {
  const halfTheRoom = (sessionMaxBytes - snapshotBytes) / 2;
  const threshold = Math.max(${leastBytes}, Math.min(${times} * snapshotBytes, halfTheRoom));
  return Math.floor(deltaBytes / threshold) > Math.floor((deltaBytes - appendedBytes) / threshold);
}

// No conversation here is left alone for so long.
export function isCompactionDueWhenIdle() {
  return false;
}
`;
}
