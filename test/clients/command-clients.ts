// Clients that are commands: of Go, and the command lines of others.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Code } from '@connectrpc/connect';
import { codeToString } from '@connectrpc/connect/protocol-connect';
import type { Client, ClientOutcome } from './client-call.ts';
import { detailsByType, type SentDetail } from './error-details.ts';

const run = promisify(execFile);

type Ran = { stdout: string; stderr: string; isFailed: boolean };

async function runCommand(program: string, words: readonly string[], caPath: string): Promise<Ran> {
  try {
    const env = { ...process.env, CA_FILE: caPath };
    return { ...(await run(program, words, { env })), isFailed: false };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code: unknown } & Partial<Ran>;
    if (code === 'ENOENT') {
      const hint = '.ci/build-tools installs it';
      throw new Error(`${program} is not installed: ${hint}`, { cause: error });
    }
    return { stdout, stderr, isFailed: true };
  }
}

/** Our client over connect-go, in one of its protocols. */
export function goClient(protocol: string): Client {
  return async ({ url, descriptor, method, request, headers, caPath }) => {
    const words = [protocol, url, descriptor, method, JSON.stringify(request)];
    return printed(await runCommand('rpc-client', [...words, ...pairs(headers, ':')], caPath));
  };
}

/** grpcurl: by reflection, or with the protos from a file where there is none. */
export function grpcurlClient({ byReflection }: { byReflection: boolean }): Client {
  return async ({ url, descriptor, method, request, headers, caPath }) => {
    const { host, protocol } = new URL(url);
    const ran = await runCommand(
      'grpcurl',
      [
        ...(protocol === 'https:' ? ['-cacert', caPath] : ['-plaintext']),
        ...(byReflection ? [] : ['-protoset', descriptor]),
        ...pairs(headers, ': ').flatMap((header) => ['-H', header]),
        ...['-emit-defaults', '-format-error', '-d', JSON.stringify(request), host, method],
      ],
      caPath,
    );
    if (!ran.isFailed) return { answer: JSON.parse(ran.stdout) };
    // A google.rpc.Status, whose details have their types in them.
    const {
      code,
      message,
      details = [],
    } = JSON.parse(ran.stderr) as {
      code: Code;
      message: string;
      details?: { '@type': string }[];
    };
    const byType = details.map(({ '@type': url, ...detail }) => [url.split('/').at(-1), detail]);
    return { code: codeToString(code), message, details: Object.fromEntries(byType) };
  };
}

/** `buf curl`, in a protocol of Connect. */
export function bufCurlClient(protocol: string): Client {
  return async (call) => {
    const { url, descriptor, method, request, headers, caPath } = call;
    const isPlain = url.startsWith('http:');
    const ran = await runCommand(
      'node_modules/.bin/buf',
      [
        ...['curl', '--protocol', protocol, '--schema', descriptor],
        ...(isPlain ? ['--http2-prior-knowledge'] : ['--cacert', caPath]),
        ...pairs(headers, ': ').flatMap((header) => ['--header', header]),
        ...['--data', JSON.stringify(request), `${url}/${method}`],
      ],
      caPath,
    );
    return ran.isFailed ? connectError(ran.stderr) : { answer: JSON.parse(ran.stdout) };
  };
}

/** curl, as a call of Connect in JSON. */
export const curlClient: Client = async (call) => {
  const { url, method, request, headers, caPath } = call;
  const { stdout } = await runCommand(
    'curl',
    [
      ...['--silent', '--show-error', '--cacert', caPath, '--json', JSON.stringify(request)],
      ...pairs(headers, ': ').flatMap((header) => ['--header', header]),
      ...['--write-out', '\n%{http_code}', `${url}/${method}`],
    ],
    caPath,
  );
  const [, body = '', status] = /^(.*)\n(\d+)$/s.exec(stdout) ?? [];
  return status === '200' ? { answer: JSON.parse(body) } : connectError(body);
};

function pairs(headers: Record<string, string>, between: string): string[] {
  return Object.entries(headers).map(([name, value]) => name + between + value);
}

/** What our own clients print. */
function printed({ stdout, stderr, isFailed }: Ran): ClientOutcome {
  if (isFailed) throw new Error(`the client could not make the call: ${stderr}`);
  return JSON.parse(stdout);
}

/** An error in the JSON of Connect. */
function connectError(text: string): ClientOutcome {
  const {
    code,
    message,
    details = [],
  } = JSON.parse(text) as {
    code: string;
    message: string;
    details?: { type: string; value: string }[];
  };
  const sent = details.map(
    ({ type, value }): SentDetail => ({ type, value: Buffer.from(value, 'base64') }),
  );
  return { code, message, details: detailsByType(sent) };
}
