// Real certificates for tests, made by the openssl command.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const NEW_RSA_KEY = ['-newkey', 'rsa:2048', '-nodes'];
/** RSA of a length that TLS takes no more. */
const NEW_WEAK_KEY = ['-newkey', 'rsa:1024', '-nodes'];
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];
const DAYS_VALID = 30;

/** A certificate and its key, as PEM and as files. */
export type IssuedCertificate = {
  cert: string;
  key: string;
  certPath: string;
  keyPath: string;
};

export type IssueOptions = {
  names?: readonly string[];
  days?: number;
  weak?: boolean;
  rsa?: boolean;
};

/** A certificate authority. */
export type TestAuthority = {
  /** Its own certificate, as PEM and as a file. */
  ca: string;
  caPath: string;
  /** A certificate for servers and clients alike. Its names are those of loopback and `names`,
   * host names or addresses. It ends after `days`, 30 by default; a negative number makes one that
   * has ended. Its key is on an elliptic curve, or RSA; a weak one has a key too short to be
   * taken. */
  issue(commonName: string, options?: IssueOptions): IssuedCertificate;
  /** Removes the files. */
  remove(): void;
};

/** An authority that is removed when the test ends. */
export function authorityOfTest(): TestAuthority {
  const authority = createAuthority();
  onTestFinished(authority.remove);
  return authority;
}

/** An authority for all tests of a file, or of a `describe`, removed after the last of them. */
export function authorityOfFile(): TestAuthority {
  const authority = createAuthority();
  afterAll(authority.remove);
  return authority;
}

/** A fresh authority, in a folder of its own. Two of one name are strangers to each other. */
export function createAuthority(name = 'test authority'): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const pathOf = (file: string) => join(folder, file);
  openssl(
    ...['req', '-x509', ...NEW_KEY, '-subj', `/CN=${name}`, '-days', String(DAYS_VALID)],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign'],
    ...['-keyout', pathOf('ca.key'), '-out', pathOf('ca.pem')],
  );
  let issued = 0;
  return {
    ca: readFileSync(pathOf('ca.pem'), 'utf8'),
    caPath: pathOf('ca.pem'),
    issue(commonName, { names = [], days = DAYS_VALID, weak = false, rsa = false } = {}) {
      issued += 1;
      const [request, extensions, certPath, keyPath] = ['csr', 'ext', 'pem', 'key'].map((ending) =>
        pathOf(`${issued}.${ending}`),
      ) as [string, string, string, string];
      const newKey = rsa ? NEW_RSA_KEY : NEW_KEY;
      openssl(
        ...['req', '-new', ...(weak ? NEW_WEAK_KEY : newKey), '-subj', `/CN=${commonName}`],
        ...['-keyout', keyPath, '-out', request],
      );
      const alternatives = [...LOOPBACK_NAMES, ...names].map(alternativeName);
      writeFileSync(
        extensions,
        `subjectAltName=${alternatives.join(',')}\nextendedKeyUsage=serverAuth,clientAuth\n`,
      );
      openssl(
        ...['x509', '-req', '-in', request, '-extfile', extensions, '-days', String(days)],
        ...[
          '-CA',
          pathOf('ca.pem'),
          '-CAkey',
          pathOf('ca.key'),
          '-CAcreateserial',
          '-out',
          certPath,
        ],
      );
      return {
        cert: readFileSync(certPath, 'utf8'),
        key: readFileSync(keyPath, 'utf8'),
        certPath,
        keyPath,
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The same key under a passphrase. */
export function encryptKey(key: string): string {
  return openssl('pkcs8', '-topk8', '-passout', 'pass:a passphrase', { input: key });
}

function alternativeName(name: string): string {
  return `${/^[\d.]+$|:/.test(name) ? 'IP' : 'DNS'}:${name}`;
}

/** Runs openssl and gives back what it writes. */
function openssl(...given: (string | { input: string })[]): string {
  const argumentsGiven = given.filter((each) => typeof each === 'string');
  const options = given.find((each) => typeof each === 'object') ?? {};
  return execFileSync('openssl', argumentsGiven, {
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    ...options,
  });
}
