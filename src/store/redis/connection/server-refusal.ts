// The kinds of errors with which a server refuses a command. The server's text is kept, except for
// the parts that may quote a key or an argument, and extended where it does not say what to change.

import type { StoreRefusal, StoreRefusalKind } from '../../store-refusal.ts';

type Rule = {
  says: RegExp;
  kind: StoreRefusalKind;
  isLasting: boolean;
  /** Replaces the server's text. */
  text?: (said: string, keyPrefix: string) => string;
};

const lasting = (says: RegExp, kind: StoreRefusalKind, text?: Rule['text']): Rule => ({
  says,
  kind,
  isLasting: true,
  ...(text && { text }),
});
const passing = (says: RegExp, kind: StoreRefusalKind): Rule => ({ says, kind, isLasting: false });

/** The first rule that fits counts. */
const RULES: readonly Rule[] = [
  lasting(
    /^NOPERM.* a(ccess one of the keys| key)\b/,
    'no_permission',
    (said, prefix) => `${said}; the keys are ${prefix}*`,
  ),
  lasting(/^NOPERM/, 'no_permission'),
  // How a command inside a script is refused, by Redis 7.0 and by later ones.
  lasting(
    /The user executing the script can't|ACL failure in script/,
    'no_permission',
    (_, prefix) =>
      `NOPERM the user may not run every command that the scripts use on the keys ${prefix}*`,
  ),
  lasting(/^(WRONGPASS|NOAUTH)/, 'wrong_credentials'),
  lasting(
    /^MOVED/,
    'wrong_url',
    () =>
      'MOVED: the server is part of a cluster, so STORE_URL must begin with redis+cluster or rediss+cluster',
  ),
  lasting(
    /cluster support disabled|DB index is out of range|No such master with that name/,
    'wrong_url',
  ),
  lasting(/unknown command '?sentinel/i, 'wrong_url'),
  lasting(/unknown command '?eval|^ERR Could not find scripting engine/i, 'no_scripts', (said) => {
    return `${said} (the server runs no Lua scripts, and every update is one)`;
  }),
  lasting(/^MISCONF.*No space left/, 'disk_full'),
  lasting(/^MISCONF/, 'disk_failed'),
  lasting(/^OOM/, 'memory_full'),
  lasting(/^READONLY/, 'read_only'),
  passing(/^(LOADING|MASTERDOWN)/, 'loading'),
  passing(/^NOREPLICAS/, 'no_replicas'),
  passing(/^CLUSTERDOWN/, 'cluster_down'),
];

/** The refusal that an error of a server means; undefined if it has no kind. */
export function serverRefusal(message: string, keyPrefix: string): StoreRefusal | undefined {
  const said = withoutArguments(message);
  const rule = RULES.find(({ says }) => says.test(said));
  return (
    rule && {
      kind: rule.kind,
      isLasting: rule.isLasting,
      text: rule.text?.(said, keyPrefix) ?? said,
    }
  );
}

/** A command that a server does not know is quoted with its arguments: a key, and parts of an
 * update. */
export function withoutArguments(message: string): string {
  return message.replace(/,? with args beginning with:.*/s, '');
}
