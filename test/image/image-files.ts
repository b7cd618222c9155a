// What lies in the image, as a container of it sees it: there is no shell to look with, but there
// is Node.

import { builtImage } from './built-image.ts';
import { podmanOutcome } from './podman.ts';

export type ImageFile = {
  path: string;
  kind: 'file' | 'folder' | 'link';
  /** Permission bits. */
  mode: number;
  uid: number;
  bytes: number;
};

const LOOK = `
  import { lstatSync, readdirSync } from 'node:fs';
  import { join } from 'node:path';
  // These are the kernel's and podman's.
  const others = ['/proc', '/sys', '/dev', '/run'];
  const look = (path) => {
    const stat = lstatSync(path);
    const kind = stat.isSymbolicLink() ? 'link' : stat.isDirectory() ? 'folder' : 'file';
    const file = { path, kind, mode: stat.mode & 0o777, uid: stat.uid, bytes: stat.size };
    return [file, ...(kind === 'folder' ? below(path) : [])];
  };
  const below = (folder) =>
    readdirSync(folder)
      .map((name) => join(folder, name))
      .filter((path) => !others.includes(path))
      .flatMap(look);
  const answer = below('/');
`;

/** Every file of the image. */
export async function imageFiles(): Promise<ImageFile[]> {
  return (await askImage(LOOK)) as ImageFile[];
}

/** The texts of these files of the image. */
export async function imageTexts(paths: readonly string[]): Promise<string[]> {
  const read = `
    import { readFileSync } from 'node:fs';
    const answer = ${JSON.stringify(paths)}.map((path) => readFileSync(path, 'utf8'));
  `;
  return (await askImage(read)) as string[];
}

/** Runs a module in the image, and gives the constant `answer` that it makes. */
async function askImage(code: string): Promise<unknown> {
  const container = [
    'run',
    '--rm',
    '--interactive',
    '--user=0',
    '--network=none',
    await builtImage(),
  ];
  const program = `${code}\nprocess.stdout.write(JSON.stringify(answer));`;
  const { stdout, stderr } = await podmanOutcome(
    [...container, '--input-type=module', '-'],
    program,
  );
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}
