/** `node scripts/record.ts`: runs the demo and makes docs/demo-light.svg and docs/demo-dark.svg of what it prints, as it prints it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { terminal, type Line } from './record/svg.ts';

const root = join(import.meta.dirname, '..');
const lines: Line[] = [{ text: '\u001B[2m$\u001B[22m npm run demo', at: 0 }];

const started = performance.now();
const demo = spawn(process.execPath, [join(root, 'scripts', 'demo.ts')], {
  env: { ...process.env, FORCE_COLOR: '1' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
createInterface({ input: demo.stdout }).on('line', (text) => lines.push({ text, at: performance.now() - started }));
const [code] = (await once(demo, 'close')) as [number | null];
if (code !== 0) throw new Error(`the demo ended with ${code}; nothing was recorded`);

const title = 'npm run demo: a login that exists only for one job, and what was seen of its end';
for (const theme of ['light', 'dark'] as const) {
  writeFileSync(join(root, 'docs', `demo-${theme}.svg`), terminal(lines, theme, title));
}
