// A call of WebhookService and its answer, on any wire.

import type { IncomingHttpHeaders } from 'node:http';
import type { Receipt } from '../../service/session-service.ts';
import type { Body } from './read-body.ts';

/** A call of a method. */
export type WebhookCall = {
  receipt: Receipt;
  body: Body;
  /** May have a precondition. */
  headers: IncomingHttpHeaders;
};

/** What a method answers. */
export type WebhookAnswer = {
  /** A JSON object, which is also the proto JSON of the method's response. */
  json: string;
  /** Etag of the session that it shows; empty if it shows none. */
  etag: string;
};
