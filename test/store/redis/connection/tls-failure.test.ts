// The verdicts and alerts that no server of the other tests shows; the others are shown there.

import { describe, expect, it } from 'vitest';
import { tlsFailure } from '../../../../src/store/redis/connection/tls-failure.ts';

const errorOf = (given: object) =>
  Object.assign(new Error('of OpenSSL, ../deps/openssl:918'), given);

describe('tlsFailure()', () => {
  it.each([
    ['UNABLE_TO_GET_ISSUER_CERT', /not trusted: .* the root above the CA/],
    ['CERT_SIGNATURE_FAILURE', /not trusted: the CA of that name/],
    ['CERT_NOT_YET_VALID', /is not valid yet; is the clock right\?/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /not trusted: it is self-signed/],
  ])('says %s in words', (code, words) => {
    expect(tlsFailure(errorOf({ code }))).toMatch(words);
  });

  it.each([
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'tlsv13 alert certificate required',
      /^it requires a client certificate \(STORE_TLS_CERT/,
    ],
    [
      'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
      'ssl/tls alert handshake failure',
      /may require a client cert/,
    ],
    [
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      'tlsv1 alert unknown ca',
      /client certificate .*: unknown ca$/,
    ],
    [
      'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED',
      'ssl/tls alert certificate expired',
      /client certificate .*: certificate expired$/,
    ],
    [
      'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
      'ssl/tls alert bad certificate',
      /client certificate .*: bad certificate$/,
    ],
    ['ERR_SSL_INTERNAL', 'tlsv1 alert internal error', /^TLS failed: tlsv1 alert internal error$/],
  ])('says %s in words', (code, reason, words) => {
    expect(tlsFailure(errorOf({ code, reason }))).toMatch(words);
  });

  it('shows some of many names, and says where a certificate has none', () => {
    const code = 'ERR_TLS_CERT_ALTNAME_INVALID';
    const subjectaltname = Array.from({ length: 12 }, (_, place) => `DNS:host-${place}`).join(', ');
    expect(tlsFailure(errorOf({ code, host: 'a.test', cert: { subjectaltname } }))).toMatch(
      /for DNS:host-0, .*, DNS:host-4 and 7 more, not for a\.test; STORE_TLS_SERVER_NAME/,
    );
    const named = tlsFailure(errorOf({ code, host: 'a.test', cert: { subject: { CN: 'old' } } }));
    expect(named).toMatch(/for nobody \(it has no names but CN old\), not for a\.test/);
  });

  it('says nothing of what is not about TLS', () => {
    expect(tlsFailure(errorOf({ code: 'ECONNREFUSED' }))).toBeUndefined();
    expect(tlsFailure('odd')).toBeUndefined();
  });
});
