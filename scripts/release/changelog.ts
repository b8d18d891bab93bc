/** CHANGELOG.md: one section of the second level for each version, and one for what is not released yet. */
const unreleased = '## Unreleased\n';

/** What stands below a version's heading, or below `Unreleased`; `''` when there is none. */
export function notesOf(changelog: string, version: string): string {
  const [, ...sections] = `\n${changelog}`.split(/\n## /);
  const section = sections.find((text) => /^\S+/.exec(text)?.[0] === version) ?? '';
  return section.slice(section.indexOf('\n') + 1).trim();
}

/** The same with what was not released yet as the section of a version. @param date as `2026-01-31` */
export function released(changelog: string, version: string, date: string): string {
  return changelog.replace(unreleased, `${unreleased}\n## ${version} (${date})\n`);
}
