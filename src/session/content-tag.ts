// The content tag of an update: a digest of what was posted, stored in the update's frame. An
// update id that the caller chose says nothing about the content, so the id alone cannot
// distinguish a retry from another update that was given the same id by mistake; the tag can.
//
// A retry has the same tag as its first attempt however it arrives: keys in another order, 1 as
// 1.0, objects as JSON text, as a Struct, through another sidecar, under another definition of its
// flow. Times are left out, because a caller that builds the update again sets a new one. So are
// the sequence, the input id and conditions, which say when and whether the update counts, not what
// it contains.
//
// Eight bytes are enough: a tag is compared with one other tag, under one id of one session, so
// different contents get the same tag by chance in one of 2^64 cases. A caller that searches for
// such a pair can only harm its own session. Each named update takes ten bytes more until it is
// folded. The tag lies inside the frame, so it is encrypted with the content where that is.

import { hash } from 'node:crypto';
import { canonicalJson } from './json/canonical.ts';
import { parseJson } from './json/parse.ts';
import type { KeyValue } from './json/value.ts';

const TAG_BYTES = 8;

/** What an update contains, without its times. */
export type TaggedContent = {
  userId: string;
  flowId: string;
  variables: readonly KeyValue[] | undefined;
  context: readonly KeyValue[] | undefined;
  removedVariables: readonly string[];
  removedContext: readonly string[];
  /** The parts that it replaces. */
  replace: readonly string[];
  /** The nodes of its history, in the order in which they were posted. */
  nodeIds: readonly string[];
};

/** The tag of a content. Equal contents have equal tags. */
export function contentTag(content: TaggedContent): Uint8Array {
  const { userId, flowId, nodeIds } = content;
  const removed = [content.removedVariables, content.removedContext].map((keys) =>
    [...new Set(keys)].sort(),
  );
  // Only where it says something, so that other updates have the same tag in every version.
  const replaced = content.replace.length > 0 ? [[...new Set(content.replace)].sort()] : [];
  const rest = JSON.stringify([userId, flowId, ...removed, nodeIds, ...replaced]);
  const text = rest + objectText(content.variables) + objectText(content.context);
  return hash('sha256', text, 'buffer').subarray(0, TAG_BYTES);
}

/** Whether two tags show different contents. An empty tag shows nothing. */
export function areOfDifferentContents(a: Uint8Array, b: Uint8Array): boolean {
  return a.length > 0 && b.length > 0 && !Buffer.from(a).equals(b);
}

/** A part that was not posted and an object without keys both set nothing, so they are equal. */
function objectText(entries: readonly KeyValue[] = []): string {
  const sorted = entries.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const members = sorted.map(
    ({ key, json }) => `${JSON.stringify(key)}:${canonicalJson(parseJson(json))}`,
  );
  return `{${members.join()}}`;
}
