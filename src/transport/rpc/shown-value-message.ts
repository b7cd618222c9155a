import { fromJson, type JsonValue, type MessageInitShape } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import type { ShownValueSchema } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import type { ShownValue } from '../../service/explaining/shown-value.ts';
import { parseJson } from '../../session/json/parse.ts';

/** A value as a message. */
export function shownValueMessage({
  json,
  type,
  sizeBytes,
}: ShownValue): MessageInitShape<typeof ShownValueSchema> {
  if (json === undefined) return { type, sizeBytes, isOmitted: true };
  return { value: fromJson(ValueSchema, parseJson(json) as JsonValue), type, sizeBytes };
}
