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
    cases: /^Connect JSON: a key twice in a value$/,
    ours: { code: 'ok', status: 200, calls: ['persist'] },
    reference: { ...NOT_READ, status: 400, calls: [] },
    why: 'Within a value the last one counts, as for every parser of JSON and on the webhook.',
  },
  {
    cases: /^Connect (JSON|proto): an expired timeout$/,
    ours: { code: 'deadline_exceeded', status: 504, calls: [] },
    reference: { code: 'ok', status: 200, calls: ['persist'] },
    why: 'The caller does not wait any longer: what it asked for must not take effect.',
  },
  {
    cases: /^GET: an expired timeout$/,
    ours: { code: 'deadline_exceeded', status: 504, calls: [] },
    reference: { code: 'ok', status: 200, calls: ['restore'] },
    why: 'The same.',
  },
  {
    cases: /^gRPC(-Web)?: (an expired timeout|a timeout of a nanosecond)$/,
    ours: { code: 'deadline_exceeded', calls: [] },
    reference: { code: 'ok', calls: ['persist'] },
    why: 'The same.',
  },
  {
    cases: /^Connect (JSON|proto): version (2|1\.0)$/,
    ours: { ...NOT_READ, status: 400, calls: [] },
    reference: { code: 'ok', status: 200, calls: ['persist'] },
    why: 'There is one version, `1`. What another one means is not known here.',
  },
  {
    cases: /^GET: JSON of (version 2|an empty version)$/,
    ours: { ...NOT_READ, status: 400, calls: [] },
    reference: { code: 'ok', status: 200, calls: ['restore'] },
    why: 'The same for the parameter, which is `v1`.',
  },
  {
    cases: /^gRPC(-Web)?: flags? (2|3|4)$/,
    ours: { ...NOT_READ, calls: [] },
    reference: { code: 'ok', calls: ['persist'] },
    why: 'Flags other than 1 are reserved: what they say of the message is not known.',
  },
  {
    cases: /^gRPC: flag 128$/,
    ours: { code: 'unimplemented', calls: [] },
    reference: { code: 'ok', calls: ['persist'] },
    why: 'The flag of trailers in gRPC-Web, which is answered likewise there.',
  },
  {
    cases: /^gRPC(-Web)?: a head alone$/,
    ours: NOT_READ,
    reference: { code: 'unimplemented' },
    why: 'The request ends within its message, as if the head were followed by half of it.',
  },
  {
    cases:
      /^gRPC(-Web HTTP\/2| proto) gzip: (Erase(User)?|Inspect a (session|user)|(Unl|L)ock|Persist (of an erased update|that replaces)|Persist, (little|everything)|Restore( by user)?|Touch( for as long as its flow says)?|health (Check|List))$|^gRPC(-Web)?: gzip (accepted|named, and not used)$/,
    ours: { encoding: undefined },
    reference: { encoding: 'gzip' },
    why: 'No message of the answer is compressed, so none is announced.',
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
    cases:
      /^(gRPC(-Web)?|Connect (JSON|proto)): (an unknown encoding(, and none accepted)?|gzip twice)$|^gRPC(-Web)?: (GZIP in capitals|an empty encoding)$|^GET: an (unknown|empty) compression$/,
    ours: { acceptEncoding: 'gzip' },
    reference: { acceptEncoding: undefined },
    why: 'The protocols ask for the compressions that the server knows, whatever its client accepts.',
  },
  {
    cases: /^GET: HEAD instead$/,
    ours: { allow: 'POST, GET' },
    reference: { allow: undefined },
    why: 'The same for a method that has no side effects.',
  },
];
