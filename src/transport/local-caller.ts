// Who may call a listener on loopback that asks for no credential: programs of this machine, and no
// web page. A page in a browser here reaches loopback as well: under a name of its own that it made
// resolve there (DNS rebinding), or by a plain request across origins, of which it learns no more
// than whether it succeeded, and that may already be whether a user exists.

import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../listen-address.ts';
import { Refusal } from '../session/errors.ts';

/** Refuses (`forbidden`) a request that names this machine by anything but a local name. One that
 * names no host passes: browsers always do. `instead` says what else would help. */
export function checkLocalName(headers: IncomingHttpHeaders, instead: string): void {
  const authority = authorityOf(headers);
  if (authority === undefined || isLocalName(authority)) return;
  throw new Refusal('forbidden', `the request names another host: call localhost${instead}`);
}

/** Refuses (`forbidden`) a request that a web page of another origin sent, as its browser says. */
export function checkNoForeignPage(headers: IncomingHttpHeaders, instead: string): void {
  const site = headers['sec-fetch-site'];
  const isForeignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  if (!isForeignSite && (origin === undefined || isOwnOrigin(origin, headers))) return;
  throw new Refusal('forbidden', `a web page of another origin sent the request${instead}`);
}

function isOwnOrigin(origin: string, headers: IncomingHttpHeaders): boolean {
  const [, scheme = ''] = /^(https?):\/\//.exec(origin) ?? [];
  return scheme !== '' && origin.slice(scheme.length + 3) === authorityOf(headers)?.toLowerCase();
}

function authorityOf(headers: IncomingHttpHeaders): string | undefined {
  const authority = headers[':authority'] ?? headers.host;
  return authority === undefined ? undefined : String(authority);
}

function isLocalName(authority: string): boolean {
  const host = authority
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  return host.endsWith('.localhost') || (host !== '' && isLoopback({ host, port: 0 }));
}
