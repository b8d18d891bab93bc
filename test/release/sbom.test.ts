/** The bills of materials of a release, against package.json, the lock file and dist/. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledPackages, sboms } from '../../scripts/release/sbom.ts';
import { read, root } from '../docs/tree.ts';

const commit = '0123456789abcdef0123456789abcdef01234567';
const { spdx, cyclonedx } = sboms(commit, '2026-01-31T12:00:00Z');
const { packages: locked } = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, { version: string; dev?: boolean }>;
};

/** What runs, by the lock file: `name version`, once where it is there twice. */
const shipped = Object.entries(locked)
  .filter(([path, { dev }]) => path !== '' && dev !== true)
  .map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')} ${version}`);
const expected = [...new Set(shipped)];

describe('the bills of materials', { timeout: 180_000 }, () => {
  const [project] = spdx.documentDescribes;
  const others = spdx.packages.filter(({ SPDXID }) => SPDXID !== project);
  const contained = new Set(
    spdx.relationships.flatMap(({ relationshipType, spdxElementId, relatedSpdxElement }) =>
      relationshipType === 'CONTAINS' && spdxElementId === project ? [relatedSpdxElement] : [],
    ),
  );

  it('name all that "dependencies" ask for, in the version that is locked, and nothing else', () => {
    expect(expected.length).toBeGreaterThan(40);
    expect(others.map(({ name, versionInfo }) => `${name} ${versionInfo}`).toSorted()).toEqual(expected.toSorted());
    expect(cyclonedx.components.map(({ name, version }) => `${name} ${version}`).toSorted()).toEqual(
      expected.toSorted(),
    );
  });

  it('say of each whether it is in the bundle, which lists its licences by itself', () => {
    const licences = readFileSync(join(root, 'dist', 'LICENSES.txt'), 'utf8');
    const bundled = [...licences.matchAll(/(?:^|\n----\n\n)(\S+ \S+) \(.*\)\n/g)].map(([, heading = '']) => heading);
    expect(
      others.filter(({ SPDXID }) => contained.has(SPDXID)).map(({ name, versionInfo }) => `${name} ${versionInfo}`),
    ).toEqual(expect.arrayContaining(bundled));
    expect(contained.size).toBe(bundled.length);
    const required = cyclonedx.components.filter(({ scope }) => scope === 'required');
    expect(required.map(({ name, version }) => `${name} ${version}`).toSorted()).toEqual(bundled.toSorted());
  });

  it('lack nothing that is in the bundle', () => {
    const named = new Set(others.map(({ name, versionInfo }) => `${name} ${versionInfo}`));
    expect([...bundledPackages()].filter((each) => !named.has(each))).toEqual([]);
  });

  it('agree with each other', () => {
    const fromSpdx = others.map(({ SPDXID, name, versionInfo }) => `${name} ${versionInfo} ${contained.has(SPDXID)}`);
    const fromCycloneDx = cyclonedx.components.map(
      ({ name, version, scope }) => `${name} ${version} ${scope === 'required'}`,
    );
    expect(fromSpdx.toSorted()).toEqual(fromCycloneDx.toSorted());
  });

  it('are the same for the same commit, whenever they are made', () => {
    expect(sboms(commit, '2026-01-31T12:00:00Z')).toEqual({ spdx, cyclonedx });
    expect(cyclonedx.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
