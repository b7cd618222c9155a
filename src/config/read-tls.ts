// Where TLS is on, and with what: reads and checks the files that are configured for each use.

import type { NamedFile } from './followed-files.ts';
import { type RotatingTls, rotatingTls, type TlsFiles } from './rotating-tls.ts';
import type { ReadableValues } from './settings.ts';

/** Undefined where there is no TLS. */
export type Tls = {
  readonly webhook: RotatingTls | undefined;
  readonly rpc: RotatingTls | undefined;
  readonly store: RotatingTls | undefined;
};

/** The settings that name files of TLS. */
type TlsFileName = Exclude<
  Extract<keyof ReadableValues, `${string}_TLS_${string}`>,
  'STORE_TLS_SERVER_NAME' | 'RPC_TLS_CLIENT_NAMES'
>;

/** Reads the files that the settings name. Each problem is a line of its own. */
export function readTls(
  values: ReadableValues,
  readFile: (path: string) => string,
): { tls: Tls; problems: string[] } {
  const problems: string[] = [];
  const file = (variable: TlsFileName): NamedFile | undefined => {
    const path = values[variable];
    return path === undefined ? undefined : { variable, path };
  };
  const read = (isOn: boolean, files: TlsFiles): RotatingTls | undefined => {
    const result = rotatingTls(files, readFile);
    problems.push(...(result.problems ?? []));
    return isOn ? result.tls : undefined;
  };
  const tls = {
    webhook: read(values.WEBHOOK_TLS_CERT !== undefined, {
      cert: file('WEBHOOK_TLS_CERT'),
      key: file('WEBHOOK_TLS_KEY'),
    }),
    rpc: read(values.RPC_TLS_CERT !== undefined, {
      ca: file('RPC_TLS_CLIENT_CA'),
      cert: file('RPC_TLS_CERT'),
      key: file('RPC_TLS_KEY'),
    }),
    // Without any file the store's certificate is checked against the CAs that Node trusts.
    store: read(values.STORE_URL?.tls === true || values.LEGACY_STORE_URL?.tls === true, {
      ca: file('STORE_TLS_CA'),
      cert: file('STORE_TLS_CERT'),
      key: file('STORE_TLS_KEY'),
    }),
  };
  return { tls, problems };
}
