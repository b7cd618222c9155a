import { declareFaults } from './run/declare-faults.ts';

declareFaults('sqlite', ['kill-sidecar']);
