/** A script to preload that writes the process's peak memory, in kilobytes, to PEAK_FILE when it ends. */
export function peakScript(): string {
  return `
    const { existsSync, readFileSync, writeFileSync } = require('node:fs');
    const file = process.env.PEAK_FILE; // the action sheds its environment
    process.on('exit', () => {
      const status = '/proc/self/status';
      const kilobytes = existsSync(status)
        ? /^VmHWM:\\s*(\\d+) kB$/m.exec(readFileSync(status, 'utf8'))[1]
        : process.resourceUsage().maxRSS;
      writeFileSync(file, String(kilobytes));
    });
  `;
}
