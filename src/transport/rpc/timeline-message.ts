// A page of a timeline as a message.

import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  ChangeKind,
  FrameVerdict,
  type TimelineChangeSchema,
  type TimelineEntrySchema,
  TimelineKind,
  type TimelineResponseSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { TimelineChange, TimelineEntry } from '../../service/explaining/timeline-entry.ts';
import type { Timeline } from '../../service/session-service.ts';
import { memberOf } from './enum-member.ts';
import { OUTCOMES } from './session-message.ts';
import { shownValueMessage } from './shown-value-message.ts';

export function timelineMessage({
  entries,
  outcome,
  ...page
}: Timeline): MessageInitShape<typeof TimelineResponseSchema> {
  return { ...page, entries: entries.map(entryMessage), outcome: OUTCOMES[outcome] };
}

/** How many characters the values in a page have, and the names of what changed. */
export function timelineCharacters({ entries }: Timeline): number {
  const changes = entries.flatMap((entry) => entry.changes);
  return changes.reduce((sum, { pointer, before, after, posted }) => {
    const texts = [pointer, before?.json, after?.json, posted?.json];
    return texts.reduce((length, text) => length + (text?.length ?? 0), sum);
  }, 0);
}

function entryMessage({
  stamp,
  addedSteps,
  ...entry
}: TimelineEntry): MessageInitShape<typeof TimelineEntrySchema> {
  return {
    ...entry,
    ...(stamp && { stamp }),
    addedSteps: addedSteps.map(({ nodeId, timestamp }) => ({ nodeId, timestamp })),
    kind: memberOf(TimelineKind, entry.kind),
    verdict: memberOf(FrameVerdict, entry.verdict),
    changes: entry.changes.map(changeMessage),
  };
}

function changeMessage({
  pointer,
  kind,
  before,
  after,
  posted,
}: TimelineChange): MessageInitShape<typeof TimelineChangeSchema> {
  return {
    ...{ pointer, kind: memberOf(ChangeKind, kind) },
    ...(before && { before: shownValueMessage(before) }),
    ...(after && { after: shownValueMessage(after) }),
    ...(posted && { posted: shownValueMessage(posted) }),
  };
}
