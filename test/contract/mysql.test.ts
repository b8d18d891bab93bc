import { findMysql as find } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';
import { contract } from './contract.ts';
import { startTarget } from './mysql-target.ts';
import { sweepContract } from './sweep.ts';

const server = find();
if (server === undefined) skipped('mysql');
else {
  contract(server.name, async () => await startTarget('mysql', server), { ownEnd: 'failed' });
  sweepContract(server.name, async () => await startTarget('mysql', server));
}
