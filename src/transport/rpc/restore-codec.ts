// Restore's answer, without making objects of google.protobuf.Struct: the session is written without
// its variables and context, then those are added from the texts that they are kept as.

import { create, fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  type RestoreRequest,
  RestoreRequestSchema,
  RestoreResponseSchema,
  SessionSchema,
} from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { RestoredSession } from '../../service/session-service.ts';
import { jsonBytes } from '../../session/json/json-writer.ts';
import { jsonValueFrom } from '../wires/json-text.ts';
import { BINARY_OPTIONS, type Codec, JSON_OPTIONS } from '../wires/method.ts';
import { tagOf } from '../wires/protobuf-tags.ts';
import { writeStruct } from '../wires/struct-writer.ts';
import { sessionHeadMessage } from './session-message.ts';

const SESSION = tagOf(RestoreResponseSchema.field.session.number, WireType.LengthDelimited);
const { variables: VARIABLES, context: CONTEXT } = SessionSchema.field;

export const RESTORE_CODEC: Codec<RestoreRequest, RestoredSession> = {
  readBinary: (bytes) => fromBinary(RestoreRequestSchema, bytes, BINARY_OPTIONS),
  readJson: (bytes) => fromJson(RestoreRequestSchema, jsonValueFrom(bytes), JSON_OPTIONS),

  writeBinary(session) {
    const head = toBinary(SessionSchema, create(SessionSchema, sessionHeadMessage(session)));
    // The fields of a message may come in any order.
    const writer = new BinaryWriter().uint32(SESSION).fork().raw(head);
    writeStruct(writer, VARIABLES.number, session.variables);
    writeStruct(writer, CONTEXT.number, session.context);
    return writer.join().finish();
  },

  writeJson(session) {
    const head = toJson(SessionSchema, create(SessionSchema, sessionHeadMessage(session)));
    // It has a revision at least, so that there is something to put the rest behind.
    const members = JSON.stringify(head).slice(1, -1);
    return jsonBytes((json) => {
      json.raw(`{"session":{${members},"variables":`);
      json.object(session.variables);
      json.raw(',"context":');
      json.object(session.context);
      json.raw('}}');
    });
  },
};
