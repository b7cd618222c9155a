// JSON objects some of whose members are JSON text already. Assembled from text, since JSON.rawJSON
// takes no objects.

/** A value that is JSON text. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The JSON text of an object with these members; one that is undefined is left out. */
export function membersText(members: Record<string, unknown>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    const text = value instanceof JsonText ? value.text : JSON.stringify(value);
    parts.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${parts.join(',')}}`;
}
