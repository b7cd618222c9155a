import { declareFaults } from './run/declare-faults.ts';

declareFaults('sentinel', ['plan-failover', 'fill-spool-disk+pause-master'], {
  DURABILITY: 'replicated',
  DURABILITY_REPLICAS: 'all',
  SPOOL: 'on',
});
