import { declareFaults } from './run/declare-faults.ts';

declareFaults('sentinel', ['plan-failover'], {
  DURABILITY: 'replicated',
  DURABILITY_REPLICAS: 'all',
  SPOOL: 'on',
});
