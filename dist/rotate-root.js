import { run } from './chunks/index.js';

await run['rotate-root']();
