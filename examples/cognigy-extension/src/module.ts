// What Cognigy.AI loads: the nodes and the Connection of this extension.

import { createExtension } from '@cognigy/extension-tools';
import { sessionConnection } from './connection';
import { eraseSession } from './nodes/erase-session';
import { restoreChildren } from './nodes/restore-children';
import { restoreSession } from './nodes/restore-session';
import { saveSession } from './nodes/save-session';

export default createExtension({
  nodes: [saveSession, restoreSession, ...restoreChildren, eraseSession],
  connections: [sessionConnection],
  options: { label: 'Session Sidecar' },
});
