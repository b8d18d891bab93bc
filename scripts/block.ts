/** Prints a block of our pages: `node scripts/block.ts 'README.md § The first job sql #1'`. */
import { block } from '../test/docs/blocks.ts';

process.stdout.write(block(process.argv[2] ?? ''));
