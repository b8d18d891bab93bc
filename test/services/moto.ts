/**
 * Starts moto's IAM and STS, from PyPI in a virtual environment of its own, with authentication on: a second opinion on
 * wire format, signatures, keys and allowed actions. It evaluates no conditions, boundaries or session policies.
 */
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credentials } from './aws/index.ts';
import { isHidden, lacking } from './lacking.ts';
import { onFreePort, PortTaken } from './ports.ts';

const version = '5.2.5';
const cache = join(import.meta.dirname, '..', '..', '.cache');
const environment = join(cache, `moto-${version}`);

export interface MotoServer extends AsyncDisposable {
  readonly endpoint: string;
  /** may do everything */
  readonly root: Credentials;
  /** a role that root may assume */
  readonly roleArn: string;
  /** as root, past joblease */
  readonly iam: IAMClient;
}

/** @returns undefined when it is not here, cannot be installed either, and this is not CI */
export function findMoto(): (() => Promise<MotoServer>) | undefined {
  const trouble = isHidden('moto') ? 'hidden' : install();
  return trouble === undefined
    ? startMoto
    : lacking(`moto, AWS by other people (Python 3 with venv and pip): ${trouble}`);
}

/** Makes the virtual environment where there is none yet. @returns why it cannot: no Python, or no package index */
function install(): string | undefined {
  if (existsSync(join(environment, 'installed'))) return undefined;
  mkdirSync(cache, { recursive: true });
  for (const [program = '', ...args] of [
    ['python3', '-m', 'venv', '--clear', environment],
    [join(environment, 'bin', 'pip'), 'install', '--quiet', '--disable-pip-version-check', `moto[server]==${version}`],
    ['touch', join(environment, 'installed')],
  ]) {
    const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) return error?.message ?? `${stderr}${stdout}`.trim().split('\n').at(-1) ?? program;
  }
  return undefined;
}

async function startMoto(): Promise<MotoServer> {
  const { server, endpoint } = await onFreePort(launch);

  // Nobody is asked for rights until reset-auth says so.
  const anyone = new IAMClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  const everything = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  });
  await anyone.send(new CreateUserCommand({ UserName: 'joblease' }));
  const { Policy } = await anyone.send(
    new CreatePolicyCommand({ PolicyName: 'everything', PolicyDocument: everything }),
  );
  await anyone.send(new AttachUserPolicyCommand({ UserName: 'joblease', PolicyArn: Policy?.Arn }));
  const { AccessKey } = await anyone.send(new CreateAccessKeyCommand({ UserName: 'joblease' }));
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:user/joblease' }, Action: 'sts:AssumeRole' },
    ],
  });
  const { Role } = await anyone.send(new CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }));
  anyone.destroy();
  await fetch(`${endpoint}/moto-api/reset-auth`, { method: 'POST', body: '0' });

  const root = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const iam = new IAMClient({ endpoint, region: 'us-east-1', credentials: root });
  return {
    endpoint,
    root,
    roleArn: Role?.Arn ?? '',
    iam,
    async [Symbol.asyncDispose]() {
      iam.destroy();
      server.kill('SIGKILL');
      while (server.exitCode === null && server.signalCode === null) await sleep(20);
    },
  };
}

async function launch(port: number): Promise<{ server: ChildProcess; endpoint: string }> {
  const server = spawn(join(environment, 'bin', 'moto_server'), ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  server.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  for (const started = Date.now(); !said.includes('Running on'); await sleep(20)) {
    if (said.includes('in use')) throw new PortTaken(said);
    if (server.exitCode !== null || Date.now() - started > 30_000) throw new Error(`moto did not start:\n${said}`);
  }
  return { server, endpoint: `http://127.0.0.1:${port}` };
}
