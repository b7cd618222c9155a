import { declareFaults } from './run/declare-faults.ts';

declareFaults('sentinel', ['plan-failover']);
