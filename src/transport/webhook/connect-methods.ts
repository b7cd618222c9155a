// WebhookService for the wires of RPCs. Bodies in JSON are read as on the other webhook routes, never
// as protobuf, and the JSON of an answer goes out as it is.

import {
  type DescMethodUnary,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
} from '@bufbuild/protobuf';
import { SessionService as SessionServiceDesc } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import { WebhookService } from '../../gen/cognigy/webhook/v1/webhook_service_pb.ts';
import type { SessionService } from '../../service/session-service.ts';
import { parseJson } from '../../session/json/parse.ts';
import type { Logger } from '../../telemetry/log.ts';
import { BINARY_OPTIONS, customMethod, type Method } from '../wires/method.ts';
import { bodyFrom } from './message-body.ts';
import { type Body, parseBody } from './read-body.ts';
import { logRefusal } from './refusal-log.ts';
import { answerCall, type WebhookAnswer } from './webhook-call.ts';
import { createWebhookMethods, type WebhookMethod } from './webhook-methods.ts';

/** What reflection on the webhook's port describes. */
export const DESCRIBED_SERVICES = [WebhookService, SessionServiceDesc];

/** Creates the methods. */
export function createConnectMethods(service: SessionService, log: Logger): Method[] {
  const methods = createWebhookMethods(service);
  const { save, restore, touch, list, delete: erase } = WebhookService.method;
  return [
    methodFrom(save, methods.save, log),
    methodFrom(restore, methods.restore, log),
    methodFrom(touch, methods.touch, log),
    methodFrom(list, methods.list, log),
    methodFrom(erase, methods.delete, log),
  ];
}

function methodFrom(desc: DescMethodUnary, method: WebhookMethod, log: Logger): Method {
  const route = `/${desc.parent.typeName}/${desc.name}`;
  const messageOf = ({ json }: WebhookAnswer) =>
    fromJson(desc.output, parseJson(String(json)) as JsonValue);
  return customMethod(desc, {
    codec: {
      readJson: parseBody,
      readBinary: (bytes) => bodyFrom(fromBinary(desc.input, bytes, BINARY_OPTIONS)),
      writeJson: ({ json }: WebhookAnswer) => json,
      writeBinary: (answer) => toBinary(desc.output, messageOf(answer)),
    },
    fromMessage: bodyFrom,
    toMessage: messageOf,
    handle: (body: Body, call) =>
      answerCall(call, method({ receipt: call.receipt, headers: call.headers, body })),
    onRefused: (refusal, body) => logRefusal(log, refusal, { route, body }),
  });
}
