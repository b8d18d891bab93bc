import { formatDuration } from '../lease/duration.ts';
import type { Section } from '../runner/summary.ts';
import type { Tally } from './tally.ts';

const barLength = 30;
const shownRepositories = 20;

/** What the job's summary says of a sweep. */
export function summaryOf(engine: string, tally: Tally): Section[] {
  const { counts, found, oldest, attention, ages, repositories, unknown } = tally;
  const sections: Section[] = [
    { heading: `joblease: sweep of ${engine}` },
    {
      table: [
        ['Found', ...Object.keys(counts)],
        [String(found), ...Object.values(counts).map(String)],
      ],
    },
  ];
  if (attention.length > 0) {
    sections.push({ heading: 'To look at' });
    const rows = attention.map(({ principal, outcome, reason = '', fix = '' }) => [principal, outcome, reason, fix]);
    sections.push({ table: [['Account', 'Outcome', 'Reason', 'What to do'], ...rows] });
  }
  for (const [why, count] of unknown) {
    sections.push({ paragraph: `${count} left alone because GitHub could not tell whether their job is over: ${why}` });
  }
  if (oldest !== undefined) {
    sections.push({ heading: `Leftovers by age (oldest: ${formatDuration(oldest)})` }, { block: bars(ages) });
    const rows = [...repositories]
      .toSorted(([, a], [, b]) => b - a)
      .map(([repo, n]) => [repo || '(no record)', `${n}`]);
    sections.push({ heading: 'Leftovers by repository' });
    sections.push({ table: [['Repository', 'Leftovers'], ...rows.slice(0, shownRepositories)] });
    const more = rows.length - shownRepositories;
    if (more > 0) sections.push({ paragraph: `and ${more} more` });
  }
  return sections;
}

/** A bar of text for each count. */
function bars(counts: ReadonlyMap<string, number>): string {
  const most = Math.max(...counts.values(), 1);
  const width = Math.max(...[...counts.keys()].map((label) => label.length));
  return [...counts]
    .map(
      ([label, n]) => `${label.padEnd(width)} ${'█'.repeat(Math.ceil((n / most) * barLength)).padEnd(barLength)} ${n}`,
    )
    .join('\n');
}
