// The licenses of the packages that are in the bundle. Most of them ask that their text goes with
// every copy of the code.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const LICENSE_FILE = /^(licen[cs]e|copying|notice)/i;
/** Comment lines at the beginning of a file. */
const FIRST_COMMENT = /^(?:['"]use strict['"];\s*)?((?:\/\/.*\n)+|\/\*[\s\S]*?\*\/)/;
const NOTICE = /copyright|license/i;

/** A text with the license of each package that one of these files belongs to (paths from `root`):
 * its license files and the notices at the beginning of its files. Throws if a package has
 * neither. */
export function thirdPartyLicenses(root: string, inputs: readonly string[]): string {
  const packages = Map.groupBy(inputs, (path) => PACKAGE_FOLDER.exec(path)?.[0]);
  const sections = [...packages]
    .flatMap(([folder, files]) => (folder === undefined ? [] : [sectionOf(root, folder, files)]))
    .sort();
  return [HEAD, ...sections].join(`\n${'='.repeat(80)}\n\n`);
}

const HEAD = `Code of these packages is in the files next to this one. Where a license is Apache-2.0
and its text is not repeated, it is the text of LICENSE, one folder up.
`;

function sectionOf(root: string, folder: string, files: readonly string[]): string {
  const { name, version, license } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  );
  const licenseFiles = readdirSync(join(root, folder)).filter((file) => LICENSE_FILE.test(file));
  const texts = licenseFiles.map((file) => readFileSync(join(root, folder, file), 'utf8'));
  const notices = new Set(files.map((file) => noticeOf(readFileSync(join(root, file), 'utf8'))));
  notices.delete('');
  const parts = [...texts, ...notices];
  if (parts.length === 0) throw new Error(`${folder} has no license file and no notice`);
  return [`${name} ${version}, ${license}`, ...parts.map((part) => part.trim())].join('\n\n');
}

/** The comment at the beginning of a file, if it is about rights. */
function noticeOf(text: string): string {
  const [, comment = ''] = FIRST_COMMENT.exec(text) ?? [];
  return NOTICE.test(comment) ? comment : '';
}
