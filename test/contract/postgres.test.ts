import { contract } from './contract.ts';
import { postgresServers } from './postgres-target.ts';

for (const { name, start } of postgresServers()) contract(name, start);
