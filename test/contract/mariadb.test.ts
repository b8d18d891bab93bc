import { findMariadb as find } from '../services/mysql.ts';
import { contract } from './contract.ts';
import { startTarget } from './mysql-target.ts';
import { sweepContract } from './sweep.ts';

const server = find();
if (server !== undefined) {
  contract(server.name, async () => await startTarget('mariadb', server));
  sweepContract(server.name, async () => await startTarget('mariadb', server));
}
