// The files of one use of TLS (the webhook listener, the rpc listener, the store), read and checked
// together, because a certificate and its key change together. If they are read while they are
// being replaced, they may not match; then the last good ones stay in force until the next check.

import { checkTls, type TlsText, type TlsTexts, type Validity } from './check-tls.ts';
import { type FollowedFiles, type NamedFile, unreadableFileText } from './followed-files.ts';

/** PEM texts: certificates to trust; an own certificate, with those that lead from it to its CA,
 * and its key. */
export type TlsMaterial = { readonly ca?: string; readonly cert?: string; readonly key?: string };

/** Material that may change while the service runs. */
export type RotatingTls = {
  /** What is in force now: the same frozen object until a file has changed. Empty if no file was
   * named. */
  current(): TlsMaterial;
  /** Of the own certificate in force; undefined where there is none. */
  validity(): Validity | undefined;
  /** Its files; undefined if no file was named. */
  readonly followed: FollowedFiles | undefined;
};

const PARTS = ['ca', 'cert', 'key'] as const;

/** The file of each part that is configured. */
export type TlsFiles = { readonly [Part in (typeof PARTS)[number]]?: NamedFile | undefined };

/** Reads the files. Returns either the material or all problems, a line each. */
export function rotatingTls(
  files: TlsFiles,
  readFile: (path: string) => string,
): { tls: RotatingTls; problems?: undefined } | { tls?: undefined; problems: string[] } {
  const parts = PARTS.filter((part) => files[part] !== undefined);
  const named = parts.map((part) => files[part] as NamedFile);
  const problems: string[] = [];
  const contents = named.map((file) => {
    try {
      return readFile(file.path);
    } catch (error) {
      problems.push(unreadableFileText(file, error));
      return undefined;
    }
  });
  const first = checkTls(textsOf(contents));
  problems.push(...first.problems);
  if (problems.length > 0) return { problems };
  let active = { material: materialOf(contents), validity: first.validity };

  const take = (newContents: readonly string[]) => {
    const material = materialOf(newContents);
    if (PARTS.every((part) => material[part] === active.material[part])) return 'unchanged';
    const checked = checkTls(textsOf(newContents));
    if (checked.problems.length > 0) throw new Error(checked.problems.join('; '));
    active = { material, validity: checked.validity };
    return 'changed';
  };
  return {
    tls: {
      current: () => active.material,
      validity: () => active.validity,
      followed: named.length === 0 ? undefined : { what: 'a certificate', files: named, take },
    },
  };

  /** The parts that could be read, by their names. */
  function byPart<Value>(values: readonly (Value | undefined)[]): Record<string, Value> {
    return Object.fromEntries(
      parts.flatMap((part, index) => {
        const value = values[index];
        return value === undefined ? [] : [[part, value]];
      }),
    );
  }

  function materialOf(texts: readonly (string | undefined)[]): TlsMaterial {
    return Object.freeze(byPart(texts));
  }

  function textsOf(texts: readonly (string | undefined)[]): TlsTexts {
    return byPart(
      texts.map((text, index): TlsText | undefined =>
        text === undefined ? undefined : { ...(named[index] as NamedFile), text },
      ),
    );
  }
}
