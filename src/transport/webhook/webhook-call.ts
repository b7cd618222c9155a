// A call of a webhook's method and its answer, on any wire.

import type { IncomingHttpHeaders } from 'node:http';
import type { Receipt } from '../../service/session-service.ts';
import { Refusal, type RefusalReason } from '../../session/errors.ts';
import { etagHeader } from '../json-answer.ts';
import type { Call } from '../wires/method.ts';
import type { Body } from './read-body.ts';

const ACCEPTED = 202;

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
  json: string | Buffer;
  /** Etag of the session that it shows; empty if it shows none. */
  etag: string;
  /** What was asked for is kept, and will be done: 202 on the webhook's own routes. */
  isDoneLater?: boolean;
};

/** A refusal whose body has members of its own. */
export class RefusalWithMembers extends Refusal {
  /** Of the body, after those that every error has. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(reason: RefusalReason, message: string, members: Record<string, unknown>) {
    super(reason, message);
    this.members = members;
  }
}

/** The answer to a call, with the memory and the headers that it needs. */
export function answerCall(
  { account, metadata }: Pick<Call, 'account' | 'metadata'>,
  answering: Promise<WebhookAnswer>,
): Promise<WebhookAnswer> {
  return answering.then((answer) => {
    account.reserveAnswer(answer.json.length);
    Object.assign(metadata.headers, etagHeader(answer.etag));
    if (answer.isDoneLater) metadata.status = ACCEPTED;
    return answer;
  });
}
