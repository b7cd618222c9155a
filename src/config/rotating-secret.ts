import type { FollowedFiles } from './followed-files.ts';
import type { RawSetting } from './raw-settings.ts';
import { parseSetting, type Setting } from './setting.ts';

/** A secret that may change while the service runs. */
export type RotatingSecret<Value> = {
  /** The value that stands now. */
  current: () => Value;
  /** Where it comes from, if that is a file. */
  followed: FollowedFiles | undefined;
};

/** A secret that starts as it was read; undefined if none was set. Throws if it does not serve. */
export function rotatingSecret<Value>(
  raw: RawSetting,
  setting: Setting<Value>,
): RotatingSecret<Value> | undefined {
  const { text, variable, path } = raw;
  if (text === undefined) return undefined;
  let standing = { text, value: parseSetting(variable, setting, text) };

  const take = ([content = '']: readonly string[]) => {
    const newText = content.trim();
    if (newText === standing.text) return 'unchanged';
    if (newText === '') throw new Error(`${variable} names a file that is empty`);
    standing = { text: newText, value: parseSetting(variable, setting, newText) };
    return 'changed';
  };
  return {
    current: () => standing.value,
    followed:
      path === undefined ? undefined : { what: 'a secret', files: [{ variable, path }], take },
  };
}
