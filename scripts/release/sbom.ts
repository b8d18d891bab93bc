/**
 * The bill of materials of dist/, in SPDX and CycloneDX: what npm says of `dependencies` and all that they ask for, and of
 * each package whether any of it is really in the bundle, as the bundle itself says.
 *
 * The same sources give the same bytes: date and identifiers are those of the commit, not of the run.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './repository.ts';

const root = join(import.meta.dirname, '..', '..');

/** As much of https://spdx.github.io/spdx-spec/v2.3/ as npm writes and this changes. */
export interface Spdx {
  documentNamespace: string;
  readonly documentDescribes: readonly [string];
  readonly creationInfo: { created: string };
  readonly packages: { readonly SPDXID: string; name: string; versionInfo: string; downloadLocation: string }[];
  readonly relationships: { spdxElementId: string; relatedSpdxElement: string; relationshipType: string }[];
}

/** As much of https://cyclonedx.org/docs/1.5/json/ as npm writes and this changes. */
export interface CycloneDx {
  serialNumber: string;
  readonly metadata: { timestamp: string; readonly component: { name: string } };
  readonly components: { readonly name: string; readonly version: string; scope: 'required' | 'excluded' }[];
}

export interface Sboms {
  readonly spdx: Spdx;
  readonly cyclonedx: CycloneDx;
}

/** @param date of the commit, in ISO 8601 */
export function sboms(commit: string, date: string): Sboms {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const home = mkdtempSync(join(tmpdir(), 'joblease-sbom-'));
  try {
    writeRuntimeLock(home);
    return {
      spdx: ofBundle(npmSbom(home, 'spdx') as Spdx, commit, date),
      cyclonedx: withScopes(npmSbom(home, 'cyclonedx') as CycloneDx, `${version} ${commit}`, date),
    };
  } finally {
    rmSync(home, { recursive: true });
  }
}

/**
 * `npm sbom --omit=dev` leaves out what a development dependency asks for as well, `pg` for one (npm 11): so npm gets a
 * project that has none.
 */
function writeRuntimeLock(directory: string): void {
  const { devDependencies: _, ...description } = JSON.parse(read('package.json')) as Record<string, unknown>;
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: boolean }> };
  const { '': top, ...packages } = lock.packages;
  const { devDependencies: __, ...rest } = top as Record<string, unknown>;
  const kept = Object.fromEntries(Object.entries(packages).filter(([, { dev }]) => dev !== true));
  writeFileSync(join(directory, 'package.json'), JSON.stringify(description));
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify({ ...lock, packages: { '': rest, ...kept } }));
}

function npmSbom(directory: string, format: string): unknown {
  const args = ['sbom', '--package-lock-only', `--sbom-format=${format}`];
  return JSON.parse(execFileSync('npm', args, { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
}

/** Says CONTAINS of what is in the bundle; that it depends on all of them npm has said. */
function ofBundle(document: Spdx, commit: string, date: string): Spdx {
  const bundled = bundledPackages();
  const [project] = document.documentDescribes;
  const url = `https://github.com/${repository()}`;
  document.creationInfo.created = date;
  document.documentNamespace = `${url}/spdx/${commit}`;
  for (const described of document.packages) {
    if (described.SPDXID === project) described.downloadLocation = `git+${url}@${commit}`;
    else if (bundled.has(`${described.name} ${described.versionInfo}`)) {
      document.relationships.push({
        spdxElementId: project,
        relatedSpdxElement: described.SPDXID,
        relationshipType: 'CONTAINS',
      });
    }
  }
  return document;
}

/** `excluded` is CycloneDX's word for what is asked for and not there. */
function withScopes(document: CycloneDx, seed: string, date: string): CycloneDx {
  const bundled = bundledPackages();
  const digest = createHash('sha256').update(seed).digest('hex');
  document.metadata.timestamp = date;
  document.metadata.component.name = 'joblease'; // npm takes the folder's
  // A UUID of version 8, which leaves all other bits to its maker (RFC 9562).
  document.serialNumber = `urn:uuid:${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  for (const component of document.components)
    component.scope = bundled.has(`${component.name} ${component.version}`) ? 'required' : 'excluded';
  return document;
}

/** `name version` of the packages of which a file is in dist/: each module there says which file it was. */
export function bundledPackages(): Set<string> {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> };
  const chunks = join(root, 'dist', 'chunks');
  const modules =
    /^(?:\/\*\*\*\/ \d+: \/\/|;\/\/ CONCATENATED MODULE:) .*?(node_modules\/.*node_modules\/|node_modules\/)((?:@[^/]+\/)?[^/]+)\//gm;
  const texts = readdirSync(chunks).map((file) => readFileSync(join(chunks, file), 'utf8'));
  const folders = texts.flatMap((text) =>
    [...text.matchAll(modules)].map(([, above = '', name = '']) => [above, name]),
  );
  return new Set(
    folders.map(([above = '', name = '']) => `${name} ${packages[above + name]?.version ?? 'not locked'}`),
  );
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}
