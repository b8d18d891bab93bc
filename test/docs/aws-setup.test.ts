/** docs/aws-setup.md against the JSON of docs/aws.md: its commands are pasted, and what comes out is compared. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasTools } from '../services/clients.ts';
import { block, blocksOf } from './blocks.ts';
import { openDesk } from './desk.ts';
import { read } from './tree.ts';

const page = read('docs/aws.md');
/** What docs/aws.md shows, for another account. */
const shown = (json: string | undefined): unknown =>
  JSON.parse((json ?? '').replaceAll('123456789012', '210987654321'));
const marked = (name: string): unknown =>
  shown(new RegExp(`<!-- ${name} policy -->\\n+\`\`\`json\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1]);
const trust = shown(blocksOf('docs/aws.md').find(({ text }) => text.includes('AssumeRoleWithWebIdentity'))?.text);

const isHere = hasTools();
const desk = openDesk({ clients: [], env: {}, replace: { 'account=123456789012': 'account=210987654321' } });
beforeAll(() => {
  if (!isHere) return;
  writeFileSync(join(desk.directory, 'bin', 'aws'), '#!/bin/sh\n[ -s "$6" ] && echo "$@" >deployed\n', { mode: 0o755 });
  desk.paste(block('docs/aws-setup.md § The policies as files sh #1'));
});
beforeEach(({ skip }) => {
  skip(!isHere, 'jq is not here');
});
afterAll(() => {
  desk[Symbol.dispose]();
});
const made = (file: string): string => readFileSync(join(desk.directory, file), 'utf8');

describe('the policies as files', () => {
  it.each(['root', 'sweep', 'rotation'])('%s-policy.json is what docs/aws.md shows', (name) => {
    expect(JSON.parse(made(`${name}-policy.json`))).toEqual(marked(name));
  });

  it('trust-policy.json is what docs/aws.md shows', () => {
    expect(JSON.parse(made('trust-policy.json'))).toEqual(trust);
  });

  it('the subjects are in the forms of the trust policy', () => {
    desk.paste(`${block('docs/aws-setup.md § The policies as files sh #2').trimEnd()} >subjects`);
    for (const subject of made('subjects').trim().split('\n')) expect(page).toContain(subject);
  });
});

it('Terraform reads files that are there', () => {
  const hcl = block('docs/aws-setup.md § Terraform hcl #1');
  const files = [...hcl.matchAll(/file\("\$\{path\.module\}\/([\w.-]+)"\)/g)].map(([, name = '']) => name);
  expect(files).toEqual(['trust-policy.json', 'root-policy.json']);
  for (const file of files) expect(made(file)).not.toBe('');
});

it('the template of CloudFormation holds the same policies', () => {
  desk.paste(block('docs/aws-setup.md § CloudFormation sh #1'));
  const { Resources } = JSON.parse(made('joblease.template.json')) as {
    Resources: {
      Joblease: { Properties: { AssumeRolePolicyDocument: unknown; Policies: { PolicyDocument: unknown }[] } };
    };
  };
  expect(Resources.Joblease.Properties.AssumeRolePolicyDocument).toEqual(trust);
  expect(Resources.Joblease.Properties.Policies.map(({ PolicyDocument }) => PolicyDocument)).toEqual([marked('root')]);
  desk.paste(block('docs/aws-setup.md § CloudFormation sh #2'));
  expect(made('deployed')).toContain('--capabilities CAPABILITY_NAMED_IAM');
});
