// Where the service answers otherwise than the conformance suite expects, and why. A case may fail
// only with the complaints that are listed for it, and every deviation has to be seen: one that was
// removed from the service is removed here too.

export type Deviation = {
  /** Names of cases. */
  cases: RegExp;
  /** What the suite says about them: a line each. */
  complaints: readonly RegExp[];
  reason: string;
};

/** The details of an error that the suite did not ask for. */
const DETAIL_OF_OURS = [
  /^actual error contain \d details; expecting 0$/,
  /^connect error JSON: details\[\d\]: could not check debug data because message type "cognigy\.session\.v1\.RefusalInfo" could not be resolved/,
];

export const KNOWN_DEVIATIONS: readonly Deviation[] = [
  {
    cases:
      /^Timeouts\/.*\/(unary|client-stream|server-stream|bidi-stream\/(half|full)-duplex)$|\/(unary\/(no-request|multiple-requests)|.*request-exceeds-server-limit|unexpected-(uri|compression|compressed-message|content-type|codec|verb))$/,
    complaints: DETAIL_OF_OURS,
    reason:
      'Every refusal carries a RefusalInfo, which says in a form for programs why it was refused ' +
      'and whether to try again. Clients ignore details that they do not know.',
  },
  {
    cases: /\/unexpected-compressed-message$/,
    complaints: [/code: 3 \(invalid_argument\).* does not match expected code 13 \(internal\)$/],
    reason:
      'A message that is marked as compressed while no compression was named is a mistake of its ' +
      'sender. INTERNAL would count as a bug of the service, and wake up its operators.',
  },
  {
    cases: /^Connect Unexpected Requests\/.*\/unexpected-uri$/,
    complaints: [/^actual HTTP status code does not match: wanted 404; got 501$/],
    reason:
      'A method that does not exist is answered `unimplemented` in the form of Connect, and the ' +
      'status of that code is 501. A bare 404 would not say whether the path or the session is missing.',
  },
  {
    cases: /\/unexpected-(content-type|codec|verb)$/,
    complaints: [
      /^actual error {code: 12 \(unimplemented\), message: "the (content type|method) is .*"} does not match expected code 2 \(unknown\)$/,
      /^connect error JSON: unexpected end of JSON input$/,
    ],
    reason:
      'A request whose protocol is not known is answered 405 or 415 with an error of Connect, so ' +
      'that its sender reads what to change. The suite expects an empty body, which its client takes for `unknown`.',
  },
];
