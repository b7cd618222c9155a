// Where our answers differ from connect-node's, and why ours is the better one. Every case of the
// corpus that differs has to be here, with what both answer, and every difference has to be seen: a
// new version of Connect that has come to answer as we do takes its line away.

import type { Compared, PartOf } from './compare.ts';

export type Difference = {
  /** Names of cases. */
  cases: RegExp;
  /** What differs, as we answer it, and as connect-node does. */
  ours: PartOf<Compared>;
  reference: PartOf<Compared>;
  why: string;
};

const NOT_READ = { code: 'invalid_argument' };
const INTERNAL = { code: 'internal' };
/** Types of the details of a refusal. */
const REFUSAL = ['cognigy.session.v1.RefusalInfo', 'buf.validate.Violations'];

export const DIFFERENCES: readonly Difference[] = [
  {
    cases:
      /^gRPC(-Web)?: (a message that does not parse|a field of another wire type|a field number of 0|a text that is not UTF-8|gzip that breaks off)$/,
    ours: NOT_READ,
    reference: INTERNAL,
    why: 'The request is wrong, not the service: `internal` would count as a bug of ours.',
  },
  {
    cases:
      /^(Connect proto: (half a message|a group that does not end|another wire type|a text that is not UTF-8|JSON)|(Connect JSON|GET): gzip that breaks off|GET: broken base64)$/,
    ours: { ...NOT_READ, status: 400 },
    reference: { ...INTERNAL, status: 500 },
    why: 'The same, with the status of the code: 500 would also make a client try again.',
  },
  {
    cases: /^gRPC(-Web)?: gzip used, and (not named|identity named)$/,
    ours: NOT_READ,
    reference: INTERNAL,
    why:
      'gRPC asks for `internal` here, though the mistake is the sender’s. Operators are alerted ' +
      'to `internal`, and no caller may cause that.',
  },
  {
    cases: /^Connect JSON: not UTF-8$/,
    ours: { ...NOT_READ, status: 400, calls: [] },
    reference: { code: 'ok', status: 200, calls: ['persist'] },
    why: 'connect-node puts U+FFFD in place of the bytes, so that two ids become one.',
  },
  {
    cases: /^Connect JSON: half a character$/,
    ours: {
      error: {
        message: 'the request cannot be read: it holds half a character (an unpaired surrogate)',
        details: REFUSAL,
      },
    },
    reference: {
      error: {
        message: '/variables/a: a text or key is not well-formed Unicode (unpaired surrogate)',
        details: REFUSAL,
      },
    },
    why: 'Refused before it is parsed: the error of a parser might quote it, which gRPC cannot write.',
  },
  {
    cases: /^GET: not UTF-8$/,
    ours: { ...NOT_READ, status: 400, calls: [] },
    reference: { code: 'not_found', status: 404, calls: ['restore'] },
    why: 'The same in a query.',
  },
  {
    cases: /^GET: a fragment of percent encoding$/,
    ours: { ...NOT_READ, status: 400, calls: [] },
    reference: { code: 'ok', status: 200, calls: ['restore'] },
    why: 'The query is not well-formed: what its sender meant is not certain.',
  },
  {
    cases: /^Connect (JSON|proto): a timeout of eleven digits$/,
    ours: { code: 'ok', status: 200, calls: ['persist'] },
    reference: { ...NOT_READ, status: 400, calls: [] },
    why:
      'A deadline too far away for a timer is taken as none, before its form is looked at. ' +
      'The protocol allows ten digits.',
  },
  {
    cases: /^Connect JSON: GZip in capitals$/,
    ours: { code: 'ok', status: 200, calls: ['persist'] },
    reference: { code: 'unimplemented', status: 501, calls: [] },
    why: 'The names of content codings are not case-sensitive (RFC 9110, 8.4.1).',
  },
  {
    cases: /^gRPC(-Web)?: (an unknown method|a method in lower case|an unknown service)$/,
    ours: { status: 200 },
    reference: { status: 404 },
    why: 'gRPC has `unimplemented` for these; clients read an empty 404 as that, without a message.',
  },
  {
    cases: /^Connect JSON: (an unknown method|a method in lower case|an unknown service)$/,
    ours: { status: 501 },
    reference: { status: 404 },
    why: '501 is the status of `unimplemented`; a 404 is taken for a session that is missing.',
  },
  {
    cases:
      /^(gRPC|gRPC-Web|Connect): HTTP (GET|PUT|OPTIONS|DELETE|PATCH|HEAD)$|^GET: of what is posted$/,
    ours: { allow: 'POST' },
    reference: { allow: undefined },
    why: 'A 405 has to say which methods there are (RFC 9110, 15.5.6).',
  },
  {
    cases: /^GET: HEAD instead$/,
    ours: { allow: 'POST, GET' },
    reference: { allow: undefined },
    why: 'The same for a method that has no side effects.',
  },
];
