import { run } from './chunks/index.js';

await run['sweep']();
