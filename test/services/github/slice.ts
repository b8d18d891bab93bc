/**
 * `node test/services/github/slice.ts` writes openapi.json anew: GitHub's published description, cut down to the operations
 * that joblease calls. The package it comes from is 385 MB on disk, so it is fetched for this and is no dependency.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';

const source = '@octokit/openapi@23.0.2';
const operations = {
  '/repos/{owner}/{repo}': ['get'],
  '/repos/{owner}/{repo}/actions/runs': ['get'],
  '/repos/{owner}/{repo}/actions/runs/{run_id}': ['get'],
  '/repos/{owner}/{repo}/actions/runs/{run_id}/jobs': ['get'],
  '/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}': ['get'],
  '/repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs': ['get'],
  '/repos/{owner}/{repo}/actions/jobs/{job_id}': ['get'],
  '/repos/{owner}/{repo}/actions/secrets/public-key': ['get'],
  '/repos/{owner}/{repo}/actions/secrets/{secret_name}': ['get', 'put'],
  '/repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key': ['get'],
  '/repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}': ['get', 'put'],
  '/orgs/{org}/actions/secrets/public-key': ['get'],
  '/orgs/{org}/actions/secrets/{secret_name}': ['get', 'put'],
  '/orgs/{org}/actions/secrets/{secret_name}/repositories': ['get'],
};

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Node = { [key: string]: Json };

const whole = fetchDescription();
const components: Node = {};
const paths = Object.fromEntries(
  Object.entries(operations).map(([path, methods]) => [
    path,
    Object.fromEntries(methods.map((method) => [method, keep(at(whole, ['paths', path, method]))])),
  ]),
);
const slice = {
  openapi: whole['openapi'],
  info: { title: `A slice of ${source}`, version: source },
  paths,
  components,
};
const text = await format(JSON.stringify(slice), { parser: 'json', printWidth: 120 });
writeFileSync(join(import.meta.dirname, 'openapi.json'), text);

function fetchDescription(): Node {
  const directory = mkdtempSync(join(tmpdir(), 'joblease-openapi-'));
  try {
    const command = ['install', '--no-save', '--ignore-scripts', '--prefix', directory, source];
    if (spawnSync('npm', command, { stdio: 'inherit' }).status !== 0) throw new Error(`npm could not fetch ${source}`);
    const file = join(directory, 'node_modules/@octokit/openapi/generated/api.github.com.json');
    return JSON.parse(readFileSync(file, 'utf8')) as Node;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function at(node: Json, path: readonly string[]): Json {
  return path.reduce((parent, key) => (parent as Node)[key] ?? missing(path), node);
}

function missing(path: readonly string[]): never {
  throw new Error(`${source} has no ${path.join(' ')}`);
}

/** A copy without prose and examples; what it refers to is copied to `components`. A property may bear any name. */
function keep(node: Json, inProperties = false): Json {
  if (Array.isArray(node)) return node.map((item) => keep(item));
  if (node === null || typeof node !== 'object') return node;
  if (typeof node['$ref'] === 'string') keepComponent(node['$ref'].split('/').slice(1));
  const entries = Object.entries(node).filter(([key]) => inProperties || !isProse(key));
  return Object.fromEntries(entries.map(([key, value]) => [key, keep(value, key === 'properties' && !inProperties)]));
}

function isProse(key: string): boolean {
  return ['description', 'summary', 'title', 'tags', 'example', 'examples'].includes(key) || key.startsWith('x-');
}

function keepComponent([, kind = '', name = '']: readonly string[]): void {
  const group = (components[kind] ??= {}) as Node;
  if (name in group) return;
  // First its place, because a component may refer to itself.
  group[name] = null;
  group[name] = keep(at(whole, ['components', kind, name]));
}
