// ListSessions' request as a query, and its pages as messages.

import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  ListedBy,
  type ListedSessionSchema,
  type ListSessionsRequest,
  type ListSessionsResponseSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { ListedSession, ListedSessions } from '../../service/listing/listed-sessions.ts';
import type { ListQuery, Outcome, Receipt } from '../../service/session-service.ts';
import { memberOf } from './enum-member.ts';
import { OUTCOMES } from './session-message.ts';

const PAGE_SIZE = 50;

export function listQueryFrom(request: ListSessionsRequest, receipt: Receipt): ListQuery {
  const { userId, flowId, sessionIdPrefix, lastEventFrom, lastEventUntil } = request;
  const names = Object.keys(OUTCOMES) as Outcome[];
  return {
    receipt,
    filters: {
      ...{ userId, flowId, idPrefix: sessionIdPrefix },
      eventFromMs: lastEventFrom && timestampMs(lastEventFrom),
      eventUntilMs: lastEventUntil && timestampMs(lastEventUntil),
      outcomes: names.filter((name) => request.outcomes.includes(OUTCOMES[name])),
      ...{ isLocked: request.locked, isDamaged: request.damaged },
    },
    page: {
      size: request.pageSize || PAGE_SIZE,
      token: request.pageToken,
      skipsUnavailable: request.skipUnavailable,
    },
  };
}

export function listResponse(
  found: ListedSessions,
): MessageInitShape<typeof ListSessionsResponseSchema> {
  const { sessions, nextToken, listedBy, examined, mayRepeat, unavailable } = found;
  return {
    sessions: sessions.map(listedSessionMessage),
    listedBy: memberOf(ListedBy, listedBy),
    ...{ nextPageToken: nextToken, examined, mayRepeat, unavailable },
  };
}

function listedSessionMessage({
  createdAtMs,
  lastEventMs,
  expiresAtMs,
  lockedUntilMs,
  outcome,
  isDamaged,
  ...session
}: ListedSession): MessageInitShape<typeof ListedSessionSchema> {
  return {
    ...session,
    ...{ createdAt: timestampFromMs(createdAtMs), expiresAt: timestampFromMs(expiresAtMs) },
    ...{ outcome: OUTCOMES[outcome], damaged: isDamaged },
    ...(lastEventMs !== undefined && { lastEvent: timestampFromMs(lastEventMs) }),
    ...(lockedUntilMs !== undefined && { lockedUntil: timestampFromMs(lockedUntilMs) }),
  };
}
