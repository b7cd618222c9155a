/** A shorter secret can be guessed by brute force. */
export const SECRET_MIN_LENGTH = 16;

const SECRET_MAX_LENGTH = 1024;

/** The placeholder for a secret in README's commands. Everybody knows it. */
const PLACEHOLDER = 'the-secret-that-npm-start-printed';

/** Characters that an HTTP header carries unchanged. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/** Reads secrets separated by commas; undefined if any of them is not acceptable. */
export function secretListFrom(text: string): readonly string[] | undefined {
  return whatIsWrongWithSecrets(text) === undefined ? secretsIn(text) : undefined;
}

/** Which of the secrets is not acceptable, and why, without showing any of it. */
export function whatIsWrongWithSecrets(text: string): string | undefined {
  for (const [index, secret] of secretsIn(text).entries()) {
    const which = `secret ${index + 1} of ${secretsIn(text).length}`;
    if (secret.length < SECRET_MIN_LENGTH || secret.length > SECRET_MAX_LENGTH)
      return `${which} has ${secret.length} character${secret.length === 1 ? '' : 's'}`;
    if (secret === PLACEHOLDER) return `${which} is the placeholder of the README`;
    if (!PRINTABLE.test(secret)) return `${which} holds white space or a character outside ASCII`;
  }
  return undefined;
}

function secretsIn(text: string): string[] {
  return text.split(',').map((secret) => secret.trim());
}
