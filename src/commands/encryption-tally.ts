// What a store holds under which key, and its text: counts and ids of keys, never contents.

import type { CompactionResult } from '../service/parts.ts';
import { keyIdOf } from '../session/encryption/frame-cipher.ts';
import type { KeyRing } from '../session/encryption/key-ring.ts';
import type { StoredKey } from '../store/session-store.ts';
import type { MoveResult } from './move-session.ts';

/** Frames under one key. */
type Count = { frames: number; bytes: number; quarantined: number };
/** By the ids of keys; that of frames which are not encrypted is empty. */
type Counts = Map<string, Count>;

export type EncryptionTally = {
  sessions: number;
  /** By the names of shards. */
  shards: Map<string, Counts>;
  compactions: Map<CompactionResult, number>;
  /** Sessions that idKey does not find under their ids. */
  unopenedIds: number;
  moves: Map<MoveResult, number>;
};

export function createTally(): EncryptionTally {
  const counts = { sessions: 0, unopenedIds: 0, shards: new Map() };
  return { ...counts, compactions: new Map(), moves: new Map() };
}

/** Forgets what was counted, for a scan that begins again. */
export function startAgain(tally: EncryptionTally): void {
  Object.assign(tally, { sessions: 0, unopenedIds: 0, shards: new Map() });
}

/** Counts the frames of a session, those in quarantine included. */
export function countSession(
  tally: EncryptionTally,
  { shard, key: { session, quarantine } }: { shard: string; key: StoredKey },
): void {
  const frames = session?.frames ?? [];
  if (frames.length === 0 && quarantine.length === 0) return;
  tally.sessions += 1;
  const counts = tally.shards.getOrInsertComputed(shard, (): Counts => new Map());
  for (const { bytes, value } of frames) {
    const count = counts.getOrInsertComputed(keyIdOf(bytes), noFrames);
    count.frames += 1;
    count.bytes += value.length;
  }
  for (const { bytes } of quarantine)
    counts.getOrInsertComputed(keyIdOf(bytes), noFrames).quarantined += 1;
}

function noFrames(): Count {
  return { frames: 0, bytes: 0, quarantined: 0 };
}

/** Whether a session has frames that a compaction would encrypt again. */
export function isToBeReencrypted({ session }: StoredKey, currentId: string): boolean {
  return (session?.frames ?? []).some(({ bytes }) => keyIdOf(bytes) !== currentId);
}

/** Frames that are not under the current key, those in quarantine included. */
export function otherFrames({ shards }: EncryptionTally, currentId: string): number {
  let others = 0;
  for (const counts of shards.values())
    for (const [id, { frames, quarantined }] of counts)
      if (id !== currentId) others += frames + quarantined;
  return others;
}

/** One line: how far it is. */
export function progressText({ sessions }: EncryptionTally, seconds: number): string {
  const perSecond = seconds > 0 ? Math.round(sessions / seconds) : 0;
  return `${sessions} sessions, ${perSecond} per second`;
}

/** The counts, a table for each shard. */
export function encryptionReportText(tally: EncryptionTally, ring: KeyRing | undefined): string {
  const tables = [...tally.shards]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([shard, counts]) => tableText(shard, counts, ring));
  const currentId = ring?.current?.id ?? '';
  const others = otherFrames(tally, currentId);
  const under = currentId === '' ? 'encrypted' : `not under ${currentId}`;
  const lines = [
    ...tables,
    ...resultsText('sessions by compaction', tally.compactions),
    ...resultsText('sessions that were stored under their ids', tally.moves),
    ...(ring?.idKey ? [`sessions whose stored ids idKey does not open: ${tally.unopenedIds}`] : []),
    `sessions: ${tally.sessions}; frames that are ${under}: ${others}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function resultsText(what: string, results: ReadonlyMap<string, number>): string[] {
  if (results.size === 0) return [];
  const counts = [...results].map(([result, count]) => `${result} ${count}`);
  return [`${what}: ${counts.toSorted().join(', ')}`];
}

function tableText(shard: string, counts: Counts, ring: KeyRing | undefined): string {
  const rows = [...counts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { frames, bytes, quarantined }]) => [
      nameOfKey(id, ring),
      ...[frames, bytes, quarantined].map(String),
    ]);
  const head = ['key', 'frames', 'bytes', 'in quarantine'];
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const lines = [head, ...rows].map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  '),
  );
  return [`shard ${shard || 'SQLite'}`, ...lines.map((line) => `  ${line}`)].join('\n');
}

function nameOfKey(id: string, ring: KeyRing | undefined): string {
  if (id === '') return 'not encrypted';
  if (id === ring?.current?.id) return `${id}, current`;
  return ring?.keys.has(id) ? id : `${id}, missing`;
}
