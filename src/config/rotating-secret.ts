import type { FollowedFiles } from './followed-files.ts';
import type { RawSetting } from './raw-settings.ts';
import { parseSetting, type Setting } from './setting.ts';

/** A secret that may change while the service runs. */
export type RotatingSecret<Value> = {
  /** The value in force now. */
  current: () => Value;
  /** The file that it comes from, if there is one. */
  followed: FollowedFiles | undefined;
};

/** A secret with the given first value; undefined if none was set. Throws if it cannot be used. */
export function rotatingSecret<Value>(
  raw: RawSetting,
  setting: Setting<Value>,
): RotatingSecret<Value> | undefined {
  const { text, variable, path } = raw;
  if (text === undefined) return undefined;
  let active = { text, value: parseSetting(variable, setting, text) };

  const take = ([content = '']: readonly string[]) => {
    const newText = content.trim();
    if (newText === active.text) return 'unchanged';
    if (newText === '') throw new Error(`${variable} names a file that is empty`);
    const value = parseSetting(variable, setting, newText);
    const reason = setting.whyNotAfter?.(value, active.value);
    if (reason !== undefined)
      throw new Error(`${variable} is replaced only by a restart; ${reason}`);
    active = { text: newText, value };
    return 'changed';
  };
  return {
    current: () => active.value,
    followed:
      path === undefined ? undefined : { what: 'a secret', files: [{ variable, path }], take },
  };
}
