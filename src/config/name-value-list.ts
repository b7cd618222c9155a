const PAIR = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/s;

/** Names and values written as `name=value,name=value`, with values percent-encoded where they
 * contain commas or other special characters. Undefined if the text has another form. */
export function nameValueListFrom(text: string): Readonly<Record<string, string>> | undefined {
  const pairs: Record<string, string> = {};
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const [, name, value = ''] = PAIR.exec(part) ?? [];
    if (name === undefined) return undefined;
    try {
      pairs[decodeURIComponent(name)] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return pairs;
}
