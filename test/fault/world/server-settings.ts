/** Servers that are killed come back with what they had. */
export const ON_DISK: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'everysec',
};
