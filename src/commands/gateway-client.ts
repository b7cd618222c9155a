// Posts JSON to a gateway over HTTP or HTTPS, as a flow does.

import { existsSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rootCertificates } from 'node:tls';

/** How long the gateway and its store may take to become available. */
const PATIENCE_MS = 90_000;
const RETRY_AFTER_MS = 1_000;
const ANSWER_TIMEOUT_MS = 10_000;

/** Errors of a network in which a Service may just have been created. */
const NETWORK_ERRORS = [
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH'],
];

export type GatewayAnswer = { status: number; body: Record<string, unknown> };

/** Presents a secret, or none. */
export type PostJson = (path: string, body: object, secret?: string) => Promise<GatewayAnswer>;

export type GatewayAddress = {
  url: URL;
  /** A folder with `ca.crt`, `tls.crt` or both, which are trusted in addition to public CAs. */
  certificates: string | undefined;
  /** The name in the gateway's certificate, if it is not the host of the URL. */
  serverName: string | undefined;
};

/** A client of one gateway. Each call rejects if there is no answer in JSON within ten seconds. */
export function createGatewayClient({ url, certificates, serverName }: GatewayAddress): PostJson {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const tls: RequestOptions = {
    ca: [...rootCertificates, ...certificatesIn(certificates)],
    // Without a CA, the certificate in the Secret itself is trusted.
    allowPartialTrustChain: true,
    ...(serverName === undefined ? {} : { servername: serverName }),
  };
  return (path, body, secret) =>
    new Promise((resolve, reject) => {
      const headers = secret === undefined ? {} : { 'x-api-key': secret };
      const options = { method: 'POST', headers, agent: false, timeout: ANSWER_TIMEOUT_MS };
      const request = send(new URL(path, url), { ...tls, ...options }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
          } catch {
            reject(new Error(`${response.statusCode}, and no JSON: ${text.slice(0, 200)}`));
          }
        });
      });
      request.on('timeout', () =>
        request.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })),
      );
      request.on('error', reject);
      request.end(JSON.stringify(body));
    });
}

/** Calls until the answer is 200: the installation may just have started. Rejects with the last
 * answer, at once if another attempt would be answered the same. */
export async function untilServed(call: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const last = await call().catch((error: Error & { code?: string }) => error);
    if (!(last instanceof Error) && last.status === 200) return last;
    // A certificate that does not match will not match in a minute either.
    const isTemporary =
      last instanceof Error ? NETWORK_ERRORS.includes(last.code ?? '') : last.status === 503;
    const text =
      last instanceof Error ? last.message : `${last.status} ${JSON.stringify(last.body)}`;
    if (!isTemporary || Date.now() > deadline) throw new Error(text);
    await sleep(RETRY_AFTER_MS);
  }
}

function certificatesIn(folder: string | undefined): string[] {
  if (folder === undefined) return [];
  return ['ca.crt', 'tls.crt']
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
}
