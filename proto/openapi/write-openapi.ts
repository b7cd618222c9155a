// Writes docs/openapi.json. Run by `npm run generate`; never edit its output.

import { writeFileSync } from 'node:fs';
import { openApiDocument } from './document.ts';

writeFileSync('docs/openapi.json', `${JSON.stringify(openApiDocument(), null, 2)}\n`);
