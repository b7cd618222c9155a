// JSON objects some of whose members are JSON text already. Assembled from text, since JSON.rawJSON
// takes no objects.

import { jsonObjectText } from './value.ts';

/** A value that is JSON text. */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The JSON text of an object with these members; one that is undefined is left out. */
export function membersText(members: Record<string, unknown>): string {
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return jsonObjectText(present.map(([key, value]) => ({ key, json: textOf(value) })));
}

function textOf(value: unknown): string {
  return value instanceof JsonText ? value.text : JSON.stringify(value);
}
