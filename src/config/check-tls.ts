// Checks whether certificates and keys can be used, before anybody connects with them. Each problem
// names its variable and file, and never shows any part of a key.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { NamedFile } from './followed-files.ts';

/** The contents of the file of one part. */
export type TlsText = NamedFile & { text: string };

/** The parts: certificates to trust; an own certificate with its chain; its key. */
export type TlsTexts = {
  ca?: TlsText | undefined;
  cert?: TlsText | undefined;
  key?: TlsText | undefined;
};

/** The validity period of a certificate, Unix ms. */
export type Validity = { readonly fromMs: number; readonly untilMs: number };

/** A certificate as OpenSSL finds it: from its first line, whether or not its last line is there,
 * since a file may be read while it is being written. OpenSSL does not see the last line if other
 * text follows on the same line, as where files were joined without a line feed between them. */
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----[^-]*(?:-----END CERTIFICATE-----[ \t]*$)?/gm;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Both forms of a key with a passphrase: PKCS #8, and the older one with headers. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** Returns all problems of the parts, a line each, and the validity period of the own certificate.
 * A certificate that has expired or is not valid yet is no problem here: clocks differ, and a
 * service that does not start helps nobody. */
export function checkTls({ ca, cert, key }: TlsTexts): {
  problems: string[];
  validity: Validity | undefined;
} {
  const problems: string[] = [];
  const collect = <Result>(check: () => Result): Result | undefined => {
    try {
      return check();
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  collect(() => ca && leafOf(ca));
  const leaf = collect(() => cert && leafOf(cert));
  const privateKey = collect(() => key && privateKeyOf(key));
  if (cert && key && leaf && privateKey) collect(() => checkPair({ cert, leaf, key, privateKey }));
  return {
    problems,
    validity: leaf && { fromMs: leaf.validFromDate.getTime(), untilMs: leaf.validToDate.getTime() },
  };
}

/** The first certificate. All others must be readable too. */
function leafOf({ variable, path, text }: TlsText): X509Certificate {
  const blocks = text.match(CERTIFICATE) ?? [];
  try {
    const [leaf] = blocks.map((block) => new X509Certificate(block));
    if (leaf !== undefined) return leaf;
  } catch {
    throw new Error(`${variable} names ${path}, which holds a certificate that is damaged`);
  }
  throw new Error(`${variable} names ${path}, which holds no certificate in PEM`);
}

function privateKeyOf({ variable, path, text }: TlsText): KeyObject {
  if (ENCRYPTED.test(text)) {
    throw new Error(
      `${variable} names ${path}, whose key is encrypted: the service has no passphrase for it; ` +
        'decrypt it, and let the permissions of the file protect it',
    );
  }
  if (!PRIVATE_KEY.test(text))
    throw new Error(`${variable} names ${path}, which holds no private key in PEM`);
  try {
    return createPrivateKey(text);
  } catch {
    throw new Error(`${variable} names ${path}, which holds a private key that is damaged`);
  }
}

function checkPair(pair: {
  cert: TlsText;
  leaf: X509Certificate;
  key: TlsText;
  privateKey: KeyObject;
}): void {
  const { cert, leaf, key, privateKey } = pair;
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new Error(
      `${key.variable} names ${key.path}, whose key does not belong to the first certificate of ` +
        `${cert.variable}, ${cert.path}`,
    );
  }
  // Loaded only where there is TLS: it would delay every start.
  const { createSecureContext } = process.getBuiltinModule('node:tls');
  try {
    createSecureContext({ cert: cert.text, key: key.text });
  } catch (error) {
    // A key that is too short, or a signature by an algorithm that is no longer accepted.
    throw new Error(
      `${cert.variable} names ${cert.path}, which TLS does not accept: ${(error as Error).message}`,
    );
  }
}
