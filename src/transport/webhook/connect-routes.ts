// WebhookService on the router of RPCs: Connect, gRPC and gRPC-Web.
//
// Bodies in JSON are read as on the other webhook routes, never as protobuf: the router is given an
// empty message in their place. Likewise the JSON of an answer goes out as it is.

import type { DescMethodUnary, JsonValue, Message } from '@bufbuild/protobuf';
import { fromJson } from '@bufbuild/protobuf';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import { SessionService as SessionServiceDesc } from '../../gen/cognigy/session/v1/session_service_pb.ts';
import { WebhookService } from '../../gen/cognigy/webhook/v1/webhook_service_pb.ts';
import type { SessionService } from '../../service/session-service.ts';
import { Refusal } from '../../session/errors.ts';
import { parseJson } from '../../session/json/parse.ts';
import type { Logger } from '../../telemetry/log.ts';
import { etagHeader } from '../json-answer.ts';
import { reflectionRoutes } from '../rpc/introspection-routes.ts';
import { callReceipt, currentCall, receivedCall } from '../rpc/received-call.ts';
import { bodyFrom } from './message-body.ts';
import { type Body, parseBody } from './read-body.ts';
import { logRefusal } from './refusal-log.ts';
import { createWebhookMethods, type WebhookMethod } from './webhook-methods.ts';

/** Keeps the bytes of a request's JSON for its method. (Connect's type of the options does not have
 * `textDecoder`.) */
const JSON_OPTIONS = {
  ignoreUnknownFields: true,
  textDecoder: {
    decode(bytes: Uint8Array): string {
      currentCall().requestJson = bytes;
      return '{}';
    },
  },
};

/** Adds the methods of WebhookService, and reflection of all that the webhook's port has. `closing`
 * is aborted when the process begins to shut down. */
export function webhookServiceRoutes(options: {
  service: SessionService;
  log: Logger;
  closing: AbortSignal;
}) {
  const { service, log, closing } = options;
  const methods = createWebhookMethods(service);
  const addReflection = reflectionRoutes([WebhookService, SessionServiceDesc], closing);
  return (router: ConnectRouter): void => {
    addReflection(router);
    for (const name of ['save', 'restore', 'delete'] as const) {
      const desc: DescMethodUnary = WebhookService.method[name];
      router.rpc(desc, methodOnRouter(methods[name], desc, log), { jsonOptions: JSON_OPTIONS });
    }
  };
}

function methodOnRouter(method: WebhookMethod, desc: DescMethodUnary, log: Logger) {
  return async (message: Message, context: HandlerContext): Promise<Message> => {
    const call = receivedCall(context);
    const seen: { body?: Body } = {};
    try {
      const receipt = callReceipt(context);
      seen.body = call.requestJson ? parseBody(call.requestJson) : bodyFrom({ ...message });
      const { json, etag } = await method({ receipt, body: seen.body, headers: call.headers });
      call.account.reserveAnswer(json.length);
      for (const [header, value] of Object.entries(etagHeader(etag)))
        context.responseHeader.set(header, String(value));
      if (call.requestJson) call.answerJson = json;
      return fromJson(desc.output, parseJson(json) as JsonValue);
    } catch (error) {
      const route = `/${desc.parent.typeName}/${desc.name}`;
      if (error instanceof Refusal) logRefusal(log, error, { route, ...seen });
      throw error;
    }
  };
}
