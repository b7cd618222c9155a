// Values as a timeline and an explanation show them: large ones are named by size and type.

/** The default bound of a value that is shown, in bytes of JSON. */
export const VALUE_BYTES_DEFAULT = 512;

export type JsonType = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

/** A value, or what is known of one that is too large to be shown. */
export type ShownValue = {
  /** Undefined if it is larger than the bound. */
  json: string | undefined;
  type: JsonType;
  /** Of its JSON. */
  sizeBytes: number;
};

/** Shows a value of at most `maxBytes`; undefined stays undefined. */
export function shownValue<Json extends string | undefined>(
  json: Json,
  maxBytes: number,
): ShownValue | (Json extends string ? never : undefined) {
  if (json === undefined) return undefined as never;
  const sizeBytes = Buffer.byteLength(json);
  return { json: sizeBytes > maxBytes ? undefined : json, type: typeOf(json), sizeBytes };
}

/** By the first character, as JSON is written without white space before it. */
function typeOf(json: string): JsonType {
  switch (json.trimStart()[0]) {
    case '{':
      return 'object';
    case '[':
      return 'array';
    case '"':
      return 'string';
    case 't':
    case 'f':
      return 'boolean';
    case 'n':
      return 'null';
    default:
      return 'number';
  }
}
