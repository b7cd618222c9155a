// An entry of a timeline in a sentence.

import type { TimelineEntry } from './timeline-entry.ts';

type Entry = Omit<TimelineEntry, 'summary'>;

const UNREADABLE: Record<Exclude<Entry['verdict'], 'sound'>, string> = {
  bad_length: 'its length does not fit the stored bytes',
  bad_digest: 'its checksum does not fit',
  wrong_session: 'it names another session',
  newer_format: 'it is of a newer format than this version reads, and is kept for those that do',
  undecodable: 'its checksum fits, and its content cannot be decoded; it is kept',
  sealed: 'it is encrypted with a key that this sidecar does not have; it is kept',
};

/** Says what an entry is, and what it did to the state. */
export function entrySummary(entry: Entry): string {
  if (entry.verdict !== 'sound') return `Not a part of the state: ${unreadable(entry)}.`;
  if (entry.isQuarantined)
    return 'Not a part of the state: it is in quarantine, though it can be read now.';
  if (entry.kind === 'snapshot') {
    const upTo = entry.revision > 0 ? ` up to revision ${entry.revision}` : '';
    return `A snapshot: the updates${upTo} are merged, and what each of them changed is not kept.`;
  }
  const where = entry.isSpooled ? ', which is not stored yet,' : '';
  return `${subjectOf(entry)}${where} ${effectOf(entry)}.`;
}

function unreadable({ verdict, isQuarantined }: Entry): string {
  const why = UNREADABLE[verdict as keyof typeof UNREADABLE];
  return isQuarantined ? `${why}, so it was moved into quarantine` : why;
}

function subjectOf({ isImported, flowId, revision, replaces }: Entry): string {
  if (isImported) return 'What a former service left of the session';
  const named = revision > 0 ? `Update ${revision}` : 'An update';
  const by = flowId === '' ? '' : ` by flow ${flowId}`;
  return replaces.length === 0
    ? `${named}${by}`
    : `${named}${by} replaced ${replaces.join(' and ')} and`;
}

function effectOf(entry: Entry): string {
  const { changes, moreChanges, unchangedKeys, addedSteps, moreAddedSteps } = entry;
  const overruled = changes.filter(({ kind }) => kind === 'overruled').length;
  const parts = [
    counted(changes.length - overruled + moreChanges, 'changed', 'value'),
    counted(addedSteps.length + moreAddedSteps, 'added', 'step', ' to the history'),
    counted(unchangedKeys, 'set', 'key', ' to what it was'),
    counted(overruled, 'was overruled on', 'key', ' by updates with a later stamp'),
  ].filter((part) => part !== '');
  return parts.length === 0 ? 'changed nothing' : parts.join(', ');
}

function counted(count: number, did: string, what: string, more = ''): string {
  if (count === 0) return '';
  return `${did} ${count} ${what}${count === 1 ? '' : 's'}${more}`;
}
