// The Connection: where the service is, and the secret that it asks for. Cognigy keeps both
// encrypted, and each environment has its own.

import type { IConnectionSchema, INodeDescriptor } from '@cognigy/extension-tools';
import { type Failure, failureOf } from './failure';

export const sessionConnection: IConnectionSchema = {
  type: 'session-sidecar',
  label: 'Session Sidecar',
  fields: [{ fieldName: 'baseUrl' }, { fieldName: 'secret' }],
};

/** The field of a node that chooses the Connection. */
export const connectionField: NonNullable<INodeDescriptor['fields']>[number] = {
  key: 'connection',
  label: 'Connection',
  type: 'connection',
  params: { connectionType: sessionConnection.type, required: true },
};

/** A Connection as a node gets it; nothing of it has been checked. */
export type Connection = { baseUrl?: unknown; secret?: unknown };

/** Where to send requests, and with which secret. */
export type Service = { baseUrl: string; secret: string };

/** A URL of the service's own that was pasted whole: the base is what precedes it. */
const METHOD_PATH = /\/(webhook\/cognigy|cognigy\.webhook\.v1\.WebhookService|api\/v1)(\/|$)/;

/** What a header may contain. Others make fetch throw an error that quotes the secret. */
const HEADER_TEXT = /^[\x21-\x7e]+$/;

/** Checks a Connection. Messages name what is wrong, and never contain a value of it. */
export function serviceOf(connection: Connection | undefined): Service | Failure {
  if (!connection) return notSetUp('the node has no Connection: choose one in the node');
  const secret = String(connection.secret ?? '').trim();
  if (secret === '') return notSetUp('the Connection has no secret');
  if (!HEADER_TEXT.test(secret))
    return notSetUp(
      'the secret of the Connection has characters that a header cannot contain: ' +
        'blanks, or others than ASCII',
    );
  const baseUrl = String(connection.baseUrl ?? '').trim();
  if (baseUrl === '') return notSetUp('the Connection has no baseUrl');
  return checkedUrl(baseUrl) ?? { baseUrl: baseUrl.replace(/\/+$/, ''), secret };
}

function checkedUrl(text: string): Failure | undefined {
  const url = parsedUrl(text);
  if (!url)
    return notSetUp('the baseUrl of the Connection is no URL, such as https://session.example.com');
  const { protocol, username, password, pathname } = url;
  if (protocol !== 'https:' && protocol !== 'http:')
    return notSetUp('the baseUrl of the Connection must begin with https:// or http://');
  if (username !== '' || password !== '')
    return notSetUp('the baseUrl of the Connection contains a user or a password: remove them');
  if (/[?#]/.test(text))
    return notSetUp('the baseUrl of the Connection has a query or a fragment: remove it');
  if (METHOD_PATH.test(pathname))
    return notSetUp(
      'the baseUrl of the Connection names a method: it ends before /webhook/cognigy and the like',
    );
  return undefined;
}

function parsedUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

function notSetUp(message: string): Failure {
  return failureOf({ reason: 'not_set_up', message });
}
