import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { runSteps, type JobResult, type Run, type RunnerOptions, type StepEvent } from './index.ts';

const workspace = fileURLToPath(new URL('fixtures/app', import.meta.url));
const temporary = mkdtempSync(path.join(os.tmpdir(), 'beats-'));

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

function start(steps: string, options: RunnerOptions = {}): Run<JobResult> {
  return runSteps(steps, { workspace, ...options });
}

describe.concurrent('cancel', () => {
  test('ends an action without a handler at once, skips the steps after it, and runs the posts', async () => {
    const run = start(`
      - { uses: ./probe, with: { value: a } }
      - { uses: ./probe, with: { value: b, wait: plain } }
      - { run: echo "skipped" }
      - run: echo "\${{ job.status }}"
        if: cancelled()
      - { run: echo "always", if: always() }
    `);
    await run.waitFor(/^ready$/);
    run.cancel();
    const job = await run.done;
    expect(job.conclusion).toBe('cancelled');
    expect(job.steps.map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual([
      'main success',
      'main cancelled',
      'main skipped',
      'main success',
      'main success',
      'post success',
      'post success',
    ]);
    expect(job.steps[1]).toMatchObject({ signal: 'SIGINT', exitCode: 130, state: { value: 'b' } });
    expect(job.log).toContain('ready\nError: The operation was canceled.\n');
    expect(job.log).toMatch(/^cancelled$/m);
    expect(job.log.slice(job.log.indexOf('Post job'))).toBe(
      'Post job cleanup.\npost value=b state=b\nPost job cleanup.\npost value=a state=a',
    );
  });

  test('lets a handler tidy up, and is a cancel however the action then ends', async () => {
    const run = start('- { uses: ./probe, with: { wait: handle } }');
    await run.waitFor(/^ready$/);
    run.cancel();
    const job = await run.done;
    expect(job.log).toContain('ready\ncaught SIGINT\ntidied up\nError: The operation was canceled.\nPost job cleanup.');
    expect(job.steps[0]).toMatchObject({ outcome: 'cancelled', exitCode: 0, signal: null });
  });

  test('sends SIGTERM after 7.5 seconds', async () => {
    const run = start('- { uses: ./probe, with: { wait: ignore } }');
    await run.waitFor(/^ready$/);
    const before = performance.now();
    run.cancel();
    const job = await run.done;
    expect(job.steps[0]).toMatchObject({ outcome: 'cancelled', signal: 'SIGTERM' });
    expect(performance.now() - before).toBeGreaterThan(7400);
    expect(performance.now() - before).toBeLessThan(9500);
  });

  test('sends SIGKILL 2.5 seconds later, to the process and not to its children', async () => {
    const run = start(String.raw`
      - run: |
          trap '' INT TERM
          sleep 60 &
          echo ready
          while true; do sleep 0.1; done
      - { run: "true", if: always() }
    `);
    await run.waitFor(/^ready$/);
    const before = performance.now();
    run.cancel();
    const job = await run.done;
    expect(job.steps.map(({ outcome, signal }) => [outcome, signal])).toEqual([
      ['cancelled', 'SIGKILL'],
      ['success', null],
    ]);
    // 10 seconds, and 5 more because the sleeping child holds the pipe.
    expect(performance.now() - before).toBeGreaterThan(14_900);
    expect(performance.now() - before).toBeLessThan(18_000);
  });

  test('reaches into a composite, whose post runs', async () => {
    const run = start('- uses: ./hold', { debug: true });
    await run.waitFor(/^ready$/);
    run.cancel();
    const job = await run.done;
    expect(job.steps.map(({ id, phase, outcome }) => `${phase} ${id} ${outcome}`)).toEqual([
      'main __self cancelled',
      'main __self.__self cancelled',
      'main __self.__run skipped',
      'post __self success',
      'post __self.__self success',
    ]);
  });

  test('that comes before the process of a step is told to it at once', async () => {
    const run = start('- { uses: ./probe, with: { wait: plain } }', {
      onStep: ({ phase, event }: StepEvent) => {
        if (phase === 'main' && event === 'start') run.cancel();
      },
    });
    const job = await run.done;
    expect(job.steps.map((step) => step.outcome)).toEqual(['cancelled', 'success']);
    expect(job.steps[0]?.durationMs).toBeLessThan(5000);
  });

  test('lets a post that is running go on', async () => {
    const run = start('- { uses: ./probe, with: { value: a, post-exit: 1 } }', {
      onStep: ({ phase, event }: StepEvent) => {
        if (phase === 'post' && event === 'start') run.cancel();
      },
    });
    const job = await run.done;
    expect(job.conclusion).toBe('cancelled');
    // It fails after the cancel, and the job stays cancelled.
    expect(job.steps[1]).toMatchObject({ phase: 'post', outcome: 'failure', exitCode: 1, signal: null });
  });

  test('gives up on what is left when its time is over', async () => {
    const run = start('- { uses: ./probe, with: { wait: ignore } }', { cancelTimeout: 300 });
    await run.waitFor(/^ready$/);
    run.cancel();
    const job = await run.done;
    expect(job.conclusion).toBe('cancelled');
    expect(job.steps).toHaveLength(1);
    expect(job.steps[0]).toMatchObject({ outcome: 'lost' });
  });
});

describe.concurrent('a lost runner', () => {
  test('kills the process and its children, and runs nothing more', async () => {
    const beats = beatsFile();
    const run = start(
      `
      - { uses: ./probe, with: { value: a } }
      - id: killed
        run: |
          echo "done=yes" >> "$GITHUB_OUTPUT"
          (while true; do echo >> "$BEATS"; sleep 0.05; done) &
          echo ready
          wait
      - { run: echo never, if: always() }
    `,
      { env: { BEATS: beats } },
    );
    await run.waitFor(/^ready$/);
    await expect.poll(() => existsSync(beats)).toBe(true);
    run.kill();
    const job = await run.done;
    expect(job.conclusion).toBe('lost');
    expect(job.steps.map(({ phase, outcome }) => `${phase} ${outcome}`)).toEqual(['main success', 'main lost']);
    expect(await isBeating(beats)).toBe(false);
    expect(job.steps[1]?.outputs).toEqual({});
    expect(job.fileCommands.at(-1)).toMatchObject({ step: 'killed', command: 'output', contents: 'done=yes\n' });
  });
});

describe.concurrent('time limits', () => {
  test('of a step fail that step alone', async () => {
    const job = await start(`
      - { uses: ./probe, timeout-minutes: 0.01, with: { wait: plain } }
      - { run: echo on, if: failure() }
    `).done;
    expect(job.conclusion).toBe('failure');
    expect(job.log).toContain("Error: The action 'Run ./probe' has timed out after 0.01 minutes.");
    expect(job.steps.map((step) => step.outcome)).toEqual(['failure', 'success', 'success']);
  });

  test('end children that a step left behind only with the job', async () => {
    const beats = beatsFile();
    let beating = false;
    const job = await start(
      `
      - run: (while true; do echo >> "$BEATS"; sleep 0.05; done) > /dev/null 2>&1 &
      - run: sleep 0.3
    `,
      {
        env: { BEATS: beats },
        onStep: async ({ step, event }) => {
          if (step === '__run_2' && event === 'end') beating = await isBeating(beats);
        },
      },
    ).done;
    expect(job.conclusion).toBe('success');
    expect(beating).toBe(true);
    expect(await isBeating(beats)).toBe(false);
  });
});

describe.concurrent('a test', () => {
  test('is told of each step, and may hold it up', async () => {
    const seen: string[] = [];
    const run = start('- { uses: ./probe, id: probe }', {
      onStep: async ({ job, step, phase, event }) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen.push(`${job} ${step} ${phase} ${event}`);
      },
      onLine: (line) => seen.push(line.replace(/value.*/, '')),
    });
    await run.done;
    expect(seen.filter((line) => /probe m|probe p|^main|^post/.test(line))).toEqual([
      'test probe main start',
      'main ',
      'test probe main end',
      'test probe post start',
      'post ',
      'test probe post end',
    ]);
  });

  test('waits for a line no longer than it wants, nor than the run lasts', async () => {
    const run = start('- run: sleep 0.3');
    await expect(run.waitFor(/never/, 50)).rejects.toThrow('50 ms have passed without a line that matches /never/');
    await expect(run.waitFor(/never/)).rejects.toThrow('The run has ended without a line');
    await expect(run.waitFor(/sleep/)).resolves.toContain('sleep 0.3');
    await run.done;
  });
});

/** A file to which a child of a step writes while it lives. */
function beatsFile(): string {
  return path.join(mkdtempSync(path.join(temporary, 'job-')), 'beats');
}

async function isBeating(file: string): Promise<boolean> {
  const before = statSync(file).size;
  await new Promise((resolve) => setTimeout(resolve, 300));
  return statSync(file).size > before;
}
