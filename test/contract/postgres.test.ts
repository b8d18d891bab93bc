import { contract } from './contract.ts';
import { postgresServers } from './postgres-target.ts';
import { sweepContract } from './sweep.ts';

for (const { name, start, ours } of postgresServers()) {
  contract(name, start, { statementLog: ours });
  sweepContract(name, start);
}
