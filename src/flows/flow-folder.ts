// Reads the folder of the flow definitions.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** The file of a definition: its text, or why it cannot be read. `name` is without the folder. */
export type FolderFile = { name: string } & (
  | { text: string; failure?: undefined }
  | { text?: undefined; failure: string }
);

/** The ending of a definition's file name. */
export const EXTENSION = '.json';

/** Most definitions of a folder, and the largest file of one, in bytes. A ConfigMap holds 1 MiB
 * in all. */
const FILES_MAX = 200;
const FILE_MAX_BYTES = 256 * 1024;

const MISSING = 'it cannot be read: ENOENT';
/** Kubernetes replaces the target of a ConfigMap's links, and then removes links without a
 * target. */
const EXCHANGE_MS = 100;

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** The names of the files that define flows, in order. Hidden ones are left out: in a ConfigMap's
 * folder those belong to Kubernetes, `..data` and its target. Rejects if the folder cannot be
 * read. */
export async function flowFileNames(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(
    (name) => name.endsWith(EXTENSION) && !name.startsWith('.'),
  );
  if (names.length <= FILES_MAX) return names.sort();
  throw new Error(`${folder} has ${names.length} files of definitions, the most is ${FILES_MAX}`);
}

/** All files that define flows, in the order of their names. Rejects if the folder cannot be
 * read. A link without a target may be in the middle of being replaced, so the folder is then read
 * again. */
export async function readFlowFolder(folder: string): Promise<FolderFile[]> {
  const files = await readFiles(folder);
  if (!files.some(({ failure }) => failure === MISSING)) return files;
  await pause(EXCHANGE_MS);
  return readFiles(folder);
}

async function readFiles(folder: string): Promise<FolderFile[]> {
  const files: FolderFile[] = [];
  for (const name of await flowFileNames(folder)) files.push(await readFlowFile(folder, name));
  return files;
}

/** Reads one of them. Never rejects. */
export async function readFlowFile(folder: string, name: string): Promise<FolderFile> {
  const path = join(folder, name);
  try {
    const stats = await stat(path);
    // Asked before reading: reading from a pipe may never end.
    if (!stats.isFile()) return { name, failure: 'it is not a file' };
    if (stats.size > FILE_MAX_BYTES) {
      return { name, failure: `it has ${stats.size} bytes, the most is ${FILE_MAX_BYTES}` };
    }
    return { name, text: UTF8.decode(await readFile(path)) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isUtf8 = code !== 'ERR_ENCODING_INVALID_ENCODED_DATA';
    return { name, failure: isUtf8 ? `it cannot be read: ${code ?? message}` : 'it is not UTF-8' };
  }
}
