// The content tag of an update: a digest of what was posted, which lies in the update's frame. An
// update id that its caller chose says nothing of the content, so it alone cannot tell a retry from
// another update that was given the same id by mistake; the tag can.
//
// A retry has the tag of its first attempt whichever way it comes: keys in another order, 1 as 1.0,
// objects as JSON text, as a Struct, through another sidecar, under another definition of its flow.
// Times are left out: who makes a retry anew gives it a new one. So are a sequence, an input id and
// conditions, which say when and whether the update counts, not what it says.
//
// Eight bytes: the tag is compared with one other, under one id of one session, so two contents
// that differ have the same one in one of 2^64 mistakes. Who looks for such a pair can only deceive
// himself. Each named update keeps ten bytes more for it until it is folded.

import { hash } from 'node:crypto';
import { canonicalJson } from './json/canonical.ts';
import type { KeyValue } from './json/value.ts';

const TAG_BYTES = 8;

/** What an update says, times apart. */
export type TaggedContent = {
  userId: string;
  flowId: string;
  variables: readonly KeyValue[] | undefined;
  context: readonly KeyValue[] | undefined;
  removedVariables: readonly string[];
  removedContext: readonly string[];
  /** The nodes of its history, in the order in which they were posted. */
  nodeIds: readonly string[];
};

/** The tag of a content: equal for equal contents. */
export function contentTag(content: TaggedContent): Uint8Array {
  const { userId, flowId, nodeIds } = content;
  const removed = [content.removedVariables, content.removedContext].map((keys) =>
    [...new Set(keys)].sort(),
  );
  const rest = JSON.stringify([userId, flowId, ...removed, nodeIds]);
  const text = rest + objectText(content.variables) + objectText(content.context);
  return hash('sha256', text, 'buffer').subarray(0, TAG_BYTES);
}

/** Whether two tags are those of different contents. An empty tag says nothing. */
export function areOfDifferentContents(a: Uint8Array, b: Uint8Array): boolean {
  return a.length > 0 && b.length > 0 && !Buffer.from(a).equals(b);
}

/** What is not posted, and an object without keys, set nothing and are the same. */
function objectText(entries: readonly KeyValue[] = []): string {
  const sorted = entries.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return `{${sorted.map(({ key, json }) => `${JSON.stringify(key)}:${canonicalJson(JSON.parse(json))}`).join()}}`;
}
