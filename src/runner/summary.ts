import { summary } from '@actions/core';

/**
 * Appends a table of one row to the job's summary.
 *
 * @param row cells by column title, in order; an empty one is left out with its column
 */
export async function summarize(title: string, row: Readonly<Record<string, string>>): Promise<void> {
  // GitHub Enterprise Server may have none, and a test may run the action without a runner.
  if (process.env['GITHUB_STEP_SUMMARY'] === undefined) return;
  const columns = Object.entries(row).filter(([, cell]) => cell !== '');
  const header = columns.map(([data]) => ({ data, header: true }));
  const cells = columns.map(([, cell]) => escapeHtml(cell));
  await summary.addHeading(escapeHtml(title), 4).addTable([header, cells]).write();
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\n', '<br>');
}
