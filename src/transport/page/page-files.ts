// The files that a browser loads: browser/, next to this file. Its modules are TypeScript and are
// served as JavaScript of the same lines; in the image they are one file, which
// .ci/bundle/make-bundle.ts has written already.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname } from 'node:path';

/** A file as it is served. */
export type PageFile = { contentType: string; body: string; etag: string };

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** What the browser imports by a name that ends in `.ts`. */
const TYPESCRIPT_IMPORT = /(\bfrom '\.\/[\w-]+)\.ts';/g;

const ETAG_LENGTH = 22;

/** Reads all files of the page, by name. Throws if a file cannot be read or is no TypeScript. */
export function readPageFiles(): ReadonlyMap<string, PageFile> {
  const folder = new URL('./browser/', import.meta.url);
  return new Map(
    readdirSync(folder).flatMap((name): [string, PageFile][] => {
      const text = () => readFileSync(new URL(name, folder), 'utf8');
      if (extname(name) === '.ts')
        return [[name.replace(/\.ts$/, '.js'), pageFile('.js', javaScriptFrom(text()))]];
      return extname(name) in CONTENT_TYPES ? [[name, pageFile(extname(name), text())]] : [];
    }),
  );
}

function javaScriptFrom(typeScript: string): string {
  return stripTypeScriptTypes(typeScript).replaceAll(TYPESCRIPT_IMPORT, "$1.js';");
}

function pageFile(extension: string, body: string): PageFile {
  const digest = createHash('sha256').update(body).digest('base64url');
  const contentType = CONTENT_TYPES[extension] as string;
  return { contentType, body, etag: `"${digest.slice(0, ETAG_LENGTH)}"` };
}
