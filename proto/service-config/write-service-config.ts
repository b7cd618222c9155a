// Writes the service config next to the proto that it belongs to. Run by `npm run generate`.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sessionServiceConfig } from './service-config.ts';

const FOLDER = join(import.meta.dirname, '../cognigy/session/v1');
const FILE = 'session_service_grpc_service_config.json';

writeFileSync(join(FOLDER, FILE), `${JSON.stringify(sessionServiceConfig(), null, 2)}\n`);
