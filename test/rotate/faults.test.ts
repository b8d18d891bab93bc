/**
 * Nobody is locked out: the process that rotates is killed, and its connections are broken, before and after every
 * message that it sends to the database and to GitHub. After each fault the stored secret works, what it held before
 * goes on, and running again finishes the rotation.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeAt } from '../../src/engines/login/password.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { wireFaults, type WireFault } from '../services/wire.ts';
import { inParallel } from './parallel.ts';
import { faultsOf } from './wire-faults.ts';
import { startMysqlServer, startPostgresServer, type Server } from './layouts.ts';
import { open, rotate, startRepository, type Layout, type Outcome, type Repository } from './rotation.ts';

const mysqlServer = findMysql();
const mariadbServer = findMariadb();
const servers = [
  { name: 'PostgreSQL', start: async () => await startPostgresServer() },
  ...(mariadbServer === undefined
    ? []
    : [{ name: 'MariaDB', start: async () => await startMysqlServer('mariadb', mariadbServer) }]),
  ...(mysqlServer === undefined
    ? []
    : [{ name: 'MySQL', start: async () => await startMysqlServer('mysql', mysqlServer) }]),
];

let tags = 0;
const newTag = (): string => `rot_${process.pid}_${(tags += 1)}`;

for (const { name, start } of servers) {
  describe(`rotation on ${name}`, () => {
    let server: Server;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
    });

    // With an overlap of 0 MySQL ends the replaced password as a step of its own.
    for (const kind of ['pair', 'single', ...(name === 'MySQL' ? ['without overlap' as const] : [])] as const) {
      it(`${kind}: one fault at every message`, async () => {
        const layout = layoutOf(server, kind);
        const { count, from } = await undisturbed(layout);
        const started = Date.now();
        // How many messages less than "undisturbed" sent may be all of a rotation: that one may have met a server whose
        // cache of passwords was empty, and the network may cut what is sent in other places.
        const spare = 3;
        // Up to the first write this one is what "single" is.
        const faults = faultsOf(count, from).filter(({ at }) => kind !== 'without overlap' || at >= from);
        const ended = await inParallel(faults, async (fault) => {
          const told = `${fault.kind} at ${fault.at}`;
          // How the network cuts what is sent may make a message less, and then a fault at the last one never comes.
          for (let attempt = 1; attempt <= 5; attempt += 1) {
            await using rotation = await begin(layout);
            const outcome = await rotation.run(fault);
            await rotation.check(told);
            // Where nothing has changed, what follows is what "undisturbed" was.
            if (rotation.hasChanged()) await rotation.finish(told);
            if (outcome.isSpoilt) return isHealed(fault, outcome) ? [] : [`${told}: ${outcome.printed}`];
            expect({ told, status: outcome.status }).toEqual({ told, status: 0 });
          }
          return fault.at < count - spare ? [`${told} never came`] : [];
        });
        expect(ended.flat()).toEqual([]);
        expect(ended).toHaveLength(faults.length);
        report(`${layout.name}: ${count} messages, ${faults.length} faults`, started);
      }, 1_200_000);

      it(`${kind}: faults one after another`, async () => {
        const layout = layoutOf(server, kind);
        const { count, from } = await undisturbed(layout);
        const started = Date.now();
        const rounds = Array.from({ length: 12 }, (_, round) => round);
        const ended = await inParallel(rounds, async (round) => {
          await using rotation = await begin(layout);
          const random = generator(round);
          const told: string[] = [];
          for (let i = 0; i < 3; i += 1) {
            const fault = {
              // From the first write on: before it nothing is at stake.
              at: from + Math.floor(random() * (count - from)),
              kind: wireFaults[Math.floor(random() * wireFaults.length)] ?? 'killed after',
            };
            told.push(`${fault.kind} at ${fault.at}`);
            const outcome = await rotation.run(fault);
            if (!isHealed(fault, outcome)) throw new Error(`${told.join(', then ')}: ${outcome.printed}`);
            await rotation.check(told.join(', then '));
          }
          await rotation.finish(told.join(', then '));
        });
        expect(ended).toHaveLength(rounds.length);
        report(`${layout.name}: ${rounds.length} times three faults in a row`, started);
      }, 1_200_000);
    }

    // Of one login the most can be lost, so one is enough.
    it('single: a fault while another rotation waits', async () => {
      const layout = layoutOf(server, 'single');
      const { count, from } = await undisturbed(layout);
      const started = Date.now();
      const faults = faultsOf(count, from).filter(({ at, kind: fault }) => at >= from && fault !== 'lost message');
      const spoil = async (fault: Fault): Promise<void> => {
        await using rotation = await begin(layout, 0);
        const told = `${fault.kind} at ${fault.at} of one of two`;
        await Promise.all([rotation.run(fault), rotation.run()]);
        await rotation.check(told);
        await rotation.finish(told);
      };
      const ended = await inParallel(faults, spoil, 4); // each waits two seconds before each write
      expect(ended).toHaveLength(faults.length);
      report(`${layout.name}: ${faults.length} faults in one of two rotations`, started);
    }, 1_200_000);
  });
}

/** A connection that breaks once something is at stake is opened again, and the same run goes on to its end. */
function isHealed({ at, kind }: Fault, { isSpoilt, messages, status }: Outcome): boolean {
  const isAtStake = isSpoilt && messages.slice(0, at + 1).some(isPut);
  return !isAtStake || kind.startsWith('killed') || status === 0;
}

const isPut = (message: string): boolean => message.includes('PUT');

interface Fault {
  readonly at: number;
  readonly kind: WireFault;
}

interface FaultyRotation extends AsyncDisposable {
  run(fault?: Fault): Promise<Outcome>;
  /** What must hold at every instant. */
  check(after: string): Promise<void>;
  /** Whether the secret is another one than before. */
  hasChanged(): boolean;
  /** Runs again, without a fault. */
  finish(after: string): Promise<void>;
}

/** @param seconds see {@link startRepository} */
async function begin(layout: Layout, seconds?: number): Promise<FaultyRotation> {
  const lines = await layout.make(newTag());
  const before = lines.join('\n');
  const repository: Repository = await startRepository(before, seconds);
  return {
    // Each with the secret as it is when the run begins, as when it is queued.
    run: async (fault) => await rotate(layout, repository, { fault }),

    async check(after) {
      const stored = repository.stored();
      await works(layout, stored, `${after}: the stored secret`);
      if (layout.overlaps) {
        await works(layout, before, `${after}: the secret as it was before`);
        return;
      }
      // The gap of a single login begins with the change, and not before.
      const pending = stored.split('\n').filter((line) => !lines.includes(line));
      if (!(await isAccepted(layout, pending.join('\n')))) await works(layout, before, `${after}: the old password`);
    },

    hasChanged: () => repository.stored() !== before,

    async finish(after) {
      const { status, printed } = await rotate(layout, repository);
      const stored = repository.stored().split('\n');
      const { username, password } = new URL(stored[0] ?? '');
      const due = { after, status: 0, lines: layout.lines, first: new URL(lines.at(-1) ?? '').username, isNew: true };
      const is = { after, status, lines: stored.length, first: username, isNew: madeAt(password) !== undefined };
      if (status !== 0) console.log(printed);
      expect(is).toEqual(due);
      for (const line of stored) await works(layout, line, `${after}: ${line} in the end`);
      if (layout.overlaps) await works(layout, before, `${after}: the secret as it was before, in the end`);
    },

    async [Symbol.asyncDispose]() {
      await repository[Symbol.asyncDispose]();
    },
  };
}

/** How many messages a rotation sends, and which is the first that writes. */
async function undisturbed(layout: Layout): Promise<{ count: number; from: number }> {
  await using repository = await startRepository((await layout.make(newTag())).join('\n'));
  const { status, messages, printed } = await rotate(layout, repository);
  if (status !== 0) throw new Error(printed);
  return { count: messages.length, from: messages.findIndex(isPut) };
}

function layoutOf(server: Server, kind: 'pair' | 'single' | 'without overlap'): Layout {
  const layout = server.layouts.find(({ lines }) => lines === (kind === 'pair' ? 2 : 1));
  if (layout === undefined) throw new Error(`there is no layout for a ${kind}`);
  if (kind !== 'without overlap') return layout;
  return { ...layout, name: `${layout.name}, ${kind}`, inputs: { ...layout.inputs, overlap: '0' }, overlaps: false };
}

async function works(layout: Layout, root: string, what: string): Promise<void> {
  await open(layout, root).catch((error: unknown) => {
    throw new Error(`${what} does not work`, { cause: error });
  });
}

async function isAccepted(layout: Layout, root: string): Promise<boolean> {
  if (root === '') return false;
  return await open(layout, root).then(
    () => true,
    () => false,
  );
}

/** Repeatable: a failure names what to look for. */
function generator(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function report(text: string, started: number): void {
  console.log(`${text}, ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
