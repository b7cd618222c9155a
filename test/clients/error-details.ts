import { createRegistry, fromBinary, type JsonObject, toJson } from '@bufbuild/protobuf';
import { ViolationsSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { RefusalInfoSchema } from '../../src/gen/cognigy/session/v1/session_service_pb.ts';

/** A detail of an error, as it is sent. */
export type SentDetail = { type: string; value: Uint8Array };

const KNOWN = createRegistry(RefusalInfoSchema, ViolationsSchema);

/** Details of our errors in JSON. Throws for one of a type that we do not send. */
export function detailsByType(details: readonly SentDetail[]): Record<string, JsonObject> {
  const found = details.map(({ type, value }) => {
    const schema = KNOWN.getMessage(type);
    if (!schema) throw new Error(`an error has a detail of the unknown type ${type}`);
    return [type, toJson(schema, fromBinary(schema, value))];
  });
  return Object.fromEntries(found);
}
