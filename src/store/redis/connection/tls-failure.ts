// Turns failures of TLS into reasons that an operator can act on. OpenSSL and Node report codes, and
// their texts name source files.

import type { PeerCertificate } from 'node:tls';

/** How many of a certificate's names are shown. */
const SHOWN_NAMES = 5;

const NOT_TRUSTED = 'its certificate is not trusted:';
const CA_UNKNOWN = `${NOT_TRUSTED} STORE_TLS_CA does not hold the CA that signed it, or is not set`;
const ONE_OF_ITS = 'its certificate, or one that signed it,';

/** Verdicts on the certificate of a server. */
const VERDICTS: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `${NOT_TRUSTED} it is self-signed, and STORE_TLS_CA does not hold it`,
  SELF_SIGNED_CERT_IN_CHAIN: CA_UNKNOWN,
  UNABLE_TO_GET_ISSUER_CERT: `${NOT_TRUSTED} STORE_TLS_CA does not hold the root above the CA that signed it`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CA_UNKNOWN,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CA_UNKNOWN,
  CERT_SIGNATURE_FAILURE: `${NOT_TRUSTED} the CA of that name in STORE_TLS_CA is not the one that signed it`,
  CERT_HAS_EXPIRED: `${ONE_OF_ITS} has expired`,
  CERT_NOT_YET_VALID: `${ONE_OF_ITS} is not valid yet; is the clock right?`,
  INVALID_PURPOSE: 'its certificate is not made for servers',
};

/** Reasons of OpenSSL, by how they end; those with "alert" were sent by the server. */
const REASONS: [end: string, text: string][] = [
  [
    'wrong version number',
    'it answers without TLS: the URL must begin with redis, or the port be another',
  ],
  [
    'alert certificate required',
    'it requires a client certificate (STORE_TLS_CERT, STORE_TLS_KEY)',
  ],
  [
    'alert handshake failure',
    'it refuses the handshake; it may require a client certificate (STORE_TLS_CERT)',
  ],
];

/** Why a server refuses the client certificate. */
const REFUSED_CERTIFICATE =
  /alert ((?:unsupported |unknown )?(?:bad )?certificate(?: \w+)?|unknown ca|access denied|decrypt error)$/;

/** The reason in an error of TLS; undefined for any other error. */
export function tlsFailure(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', reason = '' } = error as { code?: string; reason?: string };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return otherNamesText(error as NamedOtherwise);
  if (code in VERDICTS) return VERDICTS[code];
  if (!code.startsWith('ERR_SSL_')) return undefined;
  const known = REASONS.find(([end]) => reason.endsWith(end));
  if (known !== undefined) return known[1];
  const refused = REFUSED_CERTIFICATE.exec(reason)?.[1];
  return refused === undefined
    ? `TLS failed: ${reason}`
    : `it does not accept the client certificate of STORE_TLS_CERT: ${refused}`;
}

type NamedOtherwise = Error & { host?: string; cert?: Partial<PeerCertificate> };

function otherNamesText({ host, cert }: NamedOtherwise): string {
  const names = (cert?.subjectaltname ?? '').split(', ').filter((name) => name !== '');
  const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : '';
  const whom =
    names.slice(0, SHOWN_NAMES).join(', ') ||
    `nobody (it has no names but CN ${cert?.subject?.CN})`;
  return `its certificate is for ${whom}${more}, not for ${host}; STORE_TLS_SERVER_NAME may name another`;
}
