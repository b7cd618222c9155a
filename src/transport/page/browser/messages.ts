// Messages as JSON has them: times, large numbers, bytes and names of enums are texts, and what has
// its default is left out. They follow from the generated types, so a change of the proto that the
// page does not follow fails the check of types.

import type {
  EraseResponse,
  ExplainRequest,
  ExplainResponse,
  FrameInspection,
  InspectResponse,
  ListedSession,
  ListSessionsRequest,
  ListSessionsResponse,
  QuarantinedFrame,
  SessionInspection,
  TimelineEntry,
  TimelineRequest,
  TimelineResponse,
  WatchErased,
  WatchExpired,
  WatchedUpdate,
  WatchHeartbeat,
  WatchLocked,
  WatchReset,
  WatchUnlocked,
} from '../../../gen/cognigy/session/v1/session_service_pb.ts';

type Message = { $typeName: string };
type Instant = { $typeName: 'google.protobuf.Timestamp' };

/** A value of any kind. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | { [key: string]: JsonValue };

type AnyValue = { $typeName: 'google.protobuf.Value' };

type Json<Value> = Value extends Instant | Uint8Array | bigint
  ? string
  : Value extends AnyValue
    ? JsonValue
    : Value extends number
      ? number extends Value
        ? number
        : string
      : Value extends readonly (infer Member)[]
        ? Json<Member>[]
        : Value extends Message
          ? { [Field in Exclude<keyof Value, '$typeName' | '$unknown'>]?: Json<Value[Field]> }
          : Value;

export type Inspection = Json<SessionInspection>;
export type Frame = Json<FrameInspection>;
export type SetAsideFrame = Json<QuarantinedFrame>;
export type Listed = Json<ListedSession>;
export type Entry = Json<TimelineEntry>;
export type Change = NonNullable<Entry['changes']>[number];
export type Explanation = Json<ExplainResponse>;
/** A value, or what is known of one that is too large to be shown. */
export type ShownValue = NonNullable<Explanation['value']>;

/** What is asked and answered, by method. */
export type Calls = {
  Inspect: {
    request: { sessionId: string; revision?: number } | { userId: string };
    answer: Json<InspectResponse>;
  };
  ListSessions: {
    request: Json<ListSessionsRequest>;
    answer: Json<ListSessionsResponse>;
  };
  Timeline: { request: Json<TimelineRequest>; answer: Json<TimelineResponse> };
  Explain: { request: Json<ExplainRequest>; answer: Explanation };
  Erase: { request: { sessionId: string }; answer: Json<EraseResponse> };
};

export type WatchRequest = {
  sessionId: string;
  resumeFrom: { revision: number; etag: string }[];
};

/** One event: a heartbeat, or what happened to a session. */
export type WatchEvent = {
  sessionId?: string;
  update?: Json<WatchedUpdate>;
  reset?: Json<WatchReset>;
  erased?: Json<WatchErased>;
  expired?: Json<WatchExpired>;
  locked?: Json<WatchLocked>;
  unlocked?: Json<WatchUnlocked>;
  heartbeat?: Json<WatchHeartbeat>;
};
