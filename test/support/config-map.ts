import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

let publications = 0;

/** Brings files into a folder as Kubernetes brings a ConfigMap into a Pod: each is a link into
 * `..data`, itself a link to a folder of a date, and `..data` is exchanged in one step. Files of
 * before that are not among these are gone then. */
export function publishConfigMap(folder: string, files: Record<string, string>): void {
  publications += 1;
  const dated = `..2026_11_21_${publications}`;
  mkdirSync(join(folder, dated));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, dated, name), text);
  symlinkSync(dated, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  const there = readdirSync(folder);
  for (const name of Object.keys(files))
    if (!there.includes(name)) symlinkSync(join('..data', name), join(folder, name));
  for (const name of there) {
    const path = join(folder, name);
    if (name.startsWith('..2026') && name !== dated) rmSync(path, { recursive: true });
    if (!name.startsWith('..') && !(name in files)) unlinkSync(path);
  }
}
