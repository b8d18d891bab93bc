/** Versions as https://semver.org has them, without build metadata. */
const form = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-rc\.([1-9]\d*))?$/;

/** What {@link compareVersions} takes, in words. */
export const versionForm = 'like 1.2.3 or 1.2.3-rc.1';

export function isVersion(text: string): boolean {
  return form.test(text);
}

export function isPrerelease(version: string): boolean {
  return version.includes('-');
}

/** `v1`: the tag that moves along with the releases of a major version. */
export function floatingTag(version: string): string {
  return `v${version.split('.')[0] ?? ''}`;
}

/** Negative where `a` is before `b`; a candidate is before what it is a candidate for. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  return left.map((part, i) => part - (right[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

function parts(version: string): number[] {
  const [, ...all] = form.exec(version) ?? [];
  return all.map((part: string | undefined) => (part === undefined ? Number.MAX_SAFE_INTEGER : Number(part)));
}
