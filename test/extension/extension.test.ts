// The Cognigy extension of examples/, as an archive that is built, unpacked and loaded, and its
// nodes against the whole service.

import { afterAll, beforeAll, describe } from 'vitest';
import { describeArchive } from './archive.ts';
import { type BuiltExtension, buildExtension } from './built-extension.ts';
import { describeErasing } from './erasing.ts';
import { describeFailing } from './failing.ts';
import { describeRestoring } from './restoring.ts';
import { describeSaving } from './saving.ts';

let built: BuiltExtension;
beforeAll(() => {
  built = buildExtension();
});
afterAll(() => built?.remove());

describe('the archive', () => describeArchive(() => built));
describe('Save session', () => describeSaving(() => built.extension));
describe('Restore session', () => describeRestoring(() => built.extension));
describe('Erase session', () => describeErasing(() => built.extension));
describe('a node that fails', () => describeFailing(() => built.extension));
