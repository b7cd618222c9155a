// Paths: methods that do not exist, and odd ways to write those that do.

import { SessionService } from '../../../src/gen/cognigy/session/v1/session_service_pb.ts';
import { type PlainCall, pathOf, wireNamed } from '../wires.ts';
import type { Case } from './case.ts';

const { restore } = SessionService.method;
const RESTORE: PlainCall = { method: restore, request: { sessionId: 'session-1' } };
const PATH = pathOf(restore);

const PATHS: Record<string, string> = {
  'an unknown method': PATH.replace('Restore', 'Nothing'),
  'a method in lower case': PATH.replace('Restore', 'restore'),
  'an unknown service': '/other.v1.Service/Method',
  'a percent-encoded letter': PATH.replace('Restore', '%52estore'),
  'a percent-encoded slash': PATH.replace('/Restore', '%2FRestore'),
  'a slash at the end': `${PATH}/`,
  'two slashes': PATH.replace('/Restore', '//Restore'),
  'a prefix': `/prefix${PATH}`,
  'a dot': `/.${PATH}`,
  'two dots': `/a/..${PATH}`,
  'a path parameter': `${PATH};a=b`,
  'an empty query': `${PATH}?`,
  'the service alone': PATH.replace('/Restore', ''),
  'the root': '/',
};

export const PATH_CASES: readonly Case[] = ['gRPC', 'gRPC-Web', 'Connect JSON'].flatMap((name) =>
  Object.entries(PATHS).map(([what, path]) => {
    const isKnown = what === 'an empty query';
    const call = wireNamed(name).call(RESTORE);
    return {
      name: `${name}: ${what}`,
      method: isKnown ? restore : undefined,
      call: { ...call, path },
    };
  }),
);
