/** A shorter secret can be guessed by brute force. */
export const SECRET_MIN_LENGTH = 16;

const SECRET_MAX_LENGTH = 1024;

/** The placeholder for a secret in README's commands. Everybody knows it. */
const PLACEHOLDER = 'the-secret-that-npm-start-printed';

/** Characters that an HTTP header carries unchanged. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/** Why a secret is not acceptable, without showing any of it; undefined if it is. */
export function whatIsWrongWithSecret(secret: string): string | undefined {
  if (secret.length < SECRET_MIN_LENGTH || secret.length > SECRET_MAX_LENGTH)
    return `has ${secret.length} character${secret.length === 1 ? '' : 's'}`;
  if (secret === PLACEHOLDER) return 'is the placeholder of the README';
  if (!PRINTABLE.test(secret)) return 'holds white space or a character outside ASCII';
  return undefined;
}
