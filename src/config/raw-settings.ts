// From the environment to texts: defaults, aliases, and secrets in files. The texts are not
// interpreted here.

import { resolve } from 'node:path';
import { unreadableFileText } from './followed-files.ts';
import type { Setting } from './setting.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';

/** The environment variables of a process. An empty variable counts as not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The text of one setting. */
export type RawSetting = {
  /** As set, otherwise the default; undefined if there is neither. */
  text: string | undefined;
  /** The variable that it was read from; problems name this variable. */
  variable: string;
  /** The file that the variable names, as an absolute path. */
  path: string | undefined;
};

export type RawSettings = Readonly<Record<SettingName, RawSetting>>;

/** One variable that a setting may be read from. */
type Source = { variable: string; isFile: boolean };

/** The variables that a setting is read from, its own name first. */
export function variablesOf(name: SettingName): string[] {
  return sourcesOf(name).map(({ variable }) => variable);
}

function sourcesOf(name: SettingName): Source[] {
  const setting: Setting<unknown> = SETTINGS[name];
  const names = setting.alias === undefined ? [name] : [name, setting.alias];
  return names.flatMap((variable) => [
    { variable, isFile: false },
    ...(setting.secret ? [{ variable: `${variable}_FILE`, isFile: true }] : []),
  ]);
}

/** Reads the text of each setting. Problems: a setting that is set twice, a file that cannot be
 * read. */
export function readRawSettings(
  environment: Environment,
  readFile: (path: string) => string,
): { raw: RawSettings; problems: string[] } {
  const problems: string[] = [];
  const entries = SETTING_NAMES.map((name) => [name, rawSetting(name)] as const);
  return { raw: Object.fromEntries(entries) as Record<SettingName, RawSetting>, problems };

  function rawSetting(name: SettingName): RawSetting {
    const set = sourcesOf(name).filter(({ variable }) => environment[variable]);
    const names = set.map(({ variable }) => variable);
    if (names.length > 1)
      problems.push(`${names.join(' and ')} contradict each other; set one of them`);
    const { variable, isFile } = set[0] ?? { variable: name, isFile: false };
    const value = environment[variable] || SETTINGS[name].default || undefined;
    if (!isFile || value === undefined) return { text: value, variable, path: undefined };
    const path = resolve(value);
    return { text: fileText(variable, path), variable, path };
  }

  function fileText(variable: string, path: string): string | undefined {
    try {
      const text = readFile(path).trim();
      if (text !== '') return text;
      problems.push(`${variable} names ${path}, which is empty`);
    } catch (error) {
      problems.push(unreadableFileText({ variable, path }, error));
    }
    return undefined;
  }
}
