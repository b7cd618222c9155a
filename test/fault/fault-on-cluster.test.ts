import { declareFaults } from './run/declare-faults.ts';

declareFaults('cluster', ['kill-sidecar+migrate-slot', 'kill-master']);
