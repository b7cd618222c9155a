// Whether certificates and keys serve, before anybody connects with them. Each problem names its
// variable and file, and shows nothing of a key.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { NamedFile } from './followed-files.ts';

/** What stands in the file of one part. */
export type TlsText = NamedFile & { text: string };

/** The parts that there are: certificates to trust; an own certificate with its chain; its key. */
export type TlsTexts = {
  ca?: TlsText | undefined;
  cert?: TlsText | undefined;
  key?: TlsText | undefined;
};

/** The time that a certificate is for, Unix ms. */
export type Validity = { readonly fromMs: number; readonly untilMs: number };

/** From where OpenSSL sees one begin, whether or not it ends: a file may be read while it is
 * being written. One whose last line goes on, where files were put together without a line feed
 * between them, has no end for OpenSSL. */
const CERTIFICATE = /^-----BEGIN CERTIFICATE-----[^-]*(?:-----END CERTIFICATE-----[ \t]*$)?/gm;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Both forms of a key under a passphrase: that of PKCS #8, and the older one with headers. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

/** What stands against the parts, a line each, and the time of the own certificate. A time that
 * is over or has not begun is no problem here: clocks differ, and a service that does not start
 * helps nobody. */
export function judgeTls({ ca, cert, key }: TlsTexts): {
  problems: string[];
  validity: Validity | undefined;
} {
  const problems: string[] = [];
  const judged = <Result>(judge: () => Result): Result | undefined => {
    try {
      return judge();
    } catch (error) {
      problems.push((error as Error).message);
      return undefined;
    }
  };
  judged(() => ca && leafOf(ca));
  const leaf = judged(() => cert && leafOf(cert));
  const privateKey = judged(() => key && privateKeyOf(key));
  if (cert && key && leaf && privateKey) judged(() => checkPair({ cert, leaf, key, privateKey }));
  return {
    problems,
    validity: leaf && { fromMs: leaf.validFromDate.getTime(), untilMs: leaf.validToDate.getTime() },
  };
}

/** The first certificate. Every other one must be readable as well. */
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
    // A key too short for today, or a signature by an algorithm that is no longer taken.
    throw new Error(
      `${cert.variable} names ${cert.path}, which TLS does not take: ${(error as Error).message}`,
    );
  }
}
