/** Why an encrypted content cannot be opened. */
export const NOT_OPENED_REASONS = [
  /** No key has its id. */
  'key_missing',
  /** It was not encrypted with the key of that id, or not for that place, or it was changed. */
  'not_authentic',
] as const;

export type NotOpenedReason = (typeof NOT_OPENED_REASONS)[number];
