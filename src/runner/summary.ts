import { summary } from '@actions/core';
import { messageOf } from '../lease/errors.ts';
import { warn } from './log.ts';

/** A part of the job's summary. All of it is plain text: what a server or a user supplied may stand in it. */
export type Section =
  | { readonly heading: string }
  | { readonly paragraph: string }
  /** the first row is the header */
  | { readonly table: readonly (readonly string[])[] }
  /** set in a fixed width, as it is */
  | { readonly block: string };

/** Appends to the job's summary. */
export async function writeSummary(sections: readonly Section[]): Promise<void> {
  // GitHub Enterprise Server may have none, and a test may run the action without a runner.
  if (process.env['GITHUB_STEP_SUMMARY'] === undefined) return;
  for (const section of sections) {
    if ('heading' in section) summary.addHeading(escapeHtml(section.heading), 4);
    else if ('paragraph' in section) summary.addRaw(`<p>${escapeHtml(section.paragraph)}</p>`, true);
    else if ('block' in section)
      summary.addRaw(`<pre>${section.block.split('\n').map(escapeHtml).join('\n')}</pre>`, true);
    else {
      const [header = [], ...rows] = section.table;
      summary.addTable([header.map((data) => ({ data, header: true })), ...rows.map((row) => row.map(escapeHtml))]);
    }
  }
  // What was done is done: a summary that cannot be written is no reason to fail.
  await summary.write().catch((error: unknown) => {
    warn(`The job's summary could not be written: ${messageOf(error)}`);
  });
}

/**
 * Appends a table of one row.
 *
 * @param row cells by column title, in order; an empty one is left out with its column
 */
export async function summarize(title: string, row: Readonly<Record<string, string>>): Promise<void> {
  const columns = Object.entries(row).filter(([, cell]) => cell !== '');
  await writeSummary([{ heading: title }, { table: [columns.map(([name]) => name), columns.map(([, cell]) => cell)] }]);
}

function escapeHtml(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  // Markdown ends a line at a lone carriage return too, and HTML at a blank line.
  return escaped.replaceAll(/\r\n|\r|\n/g, '<br>');
}
