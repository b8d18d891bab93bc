import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runSteps, type JobResult, type RunnerOptions } from './index.ts';

const workspace = fileURLToPath(new URL('fixtures/app', import.meta.url));

async function run(steps: string, options: RunnerOptions = {}): Promise<JobResult> {
  return await runSteps(steps, { workspace, repositories: { 'acme/app': workspace }, ...options }).done;
}

/** The lines that the probes printed, in order. */
function probed({ log }: JobResult): string[] {
  return log.split('\n').filter((line) => /^(?:main|post) value=/.test(line));
}

describe('a JavaScript action', () => {
  test('runs main and later post, with inputs, outputs and state', async () => {
    const job = await run(
      `
      - uses: acme/app/probe@v1
        id: probe
        with: { value: hello }
      - run: echo "between \${{ steps.probe.outputs.value }}"
      `,
      { checkRunId: '4711' },
    );
    expect(job.conclusion).toBe('success');
    expect(job.log.split('\n')).toEqual([
      '##[group]Run acme/app/probe@v1',
      'with:',
      '  value: hello',
      '  main-exit: 0',
      '  post-exit: 0',
      '  check-run-id: 4711',
      '##[endgroup]',
      'main value=hello check-run-id=4711',
      '##[group]Run echo "between hello"',
      'echo "between hello"',
      'shell: bash -e {0}',
      '##[endgroup]',
      'between hello',
      'Post job cleanup.',
      'post value=hello state=hello',
    ]);
    expect(job.steps.map(({ id, name, phase, state }) => ({ id, name, phase, state }))).toEqual([
      { id: 'probe', name: 'Run acme/app/probe@v1', phase: 'main', state: { value: 'hello' } },
      { id: '__run', name: 'Run echo "between hello"', phase: 'main', state: {} },
      { id: 'probe', name: 'Post Run acme/app/probe@v1', phase: 'post', state: { value: 'hello' } },
    ]);
    expect(job.fileCommands).toContainEqual({
      step: 'probe',
      phase: 'main',
      command: 'output',
      contents: 'value<<END\nhello\nEND\n',
    });
  });

  test('inherits nothing from the environment of the emulator', async () => {
    process.env['LEAK'] = 'leak';
    const job = await run('- { uses: ./probe, env: { OWN: x } }', { env: { MACHINE: 'y' } });
    const env = job.processes[0]?.env ?? {};
    expect(env).toMatchObject({
      OWN: 'x',
      MACHINE: 'y',
      CI: 'true',
      GITHUB_ACTIONS: 'true',
    });
    expect(env['INPUT_CHECK-RUN-ID']).toMatch(/^\d{11}$/);
    expect(env).not.toHaveProperty('LEAK');
    expect(env).not.toHaveProperty('ACTIONS_ID_TOKEN_REQUEST_URL');
    expect(env).not.toHaveProperty('GITHUB_ACTION_PATH');
  });

  test('has an empty check run id on GitHub Enterprise Server, and a token for OpenID Connect where one is given', async () => {
    const job = await run('- uses: ./probe', { checkRunId: null, idToken: { url: 'http://id', token: 't' } });
    expect(job.processes[0]?.env).toMatchObject({
      'INPUT_CHECK-RUN-ID': '',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'http://id',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't',
    });
  });

  test('gets inputs that it does not know, after a warning, and may lack required ones', async () => {
    const job = await run('- { uses: ./probe, with: { Value: a, odd: b } }');
    const warning =
      "Unexpected input(s) 'odd', valid inputs are ['value', 'print', 'wait', 'main-exit', 'post-exit', 'check-run-id']";
    expect(job.annotations).toEqual([
      { level: 'warning', message: warning },
      { level: 'warning', message: warning }, // once more in post
    ]);
    expect(job.processes[0]?.env).toMatchObject({ INPUT_ODD: 'b', INPUT_VALUE: 'a' });
  });

  test('has a state of its own in each of its uses', async () => {
    const job = await run(`
      - { uses: ./probe, with: { value: a } }
      - { uses: ./probe, with: { value: b } }
      - { uses: ./wrap, with: { word: c } }
      - { uses: ./wrap, with: { word: d } }
    `);
    expect(probed(job).slice(4)).toEqual(['d', 'c', 'b', 'a'].map((value) => `post value=${value} state=${value}`));
  });

  test('gets its inputs and env evaluated again for post', async () => {
    const job = await run(`
      - uses: ./probe
        with: { value: "\${{ env.WORD || 'before' }}" }
      - run: echo "WORD=after" >> "$GITHUB_ENV"
    `);
    expect(probed(job)).toEqual([expect.stringContaining('main value=before'), 'post value=after state=before']);
    expect(job.env).toEqual({ WORD: 'after' });
  });
});

describe('post steps', () => {
  test('run last to first, after a failure too, and not for steps that never started', async () => {
    const job = await run(`
      - { uses: ./probe, with: { value: a } }
      - { uses: ./probe, with: { value: b, main-exit: 3 } }
      - { uses: ./probe, with: { value: c } }
      - { uses: ./probe, if: always(), with: { value: d } }
    `);
    expect(probed(job).map((line) => line.slice(0, 12))).toEqual([
      'main value=a',
      'main value=b',
      'main value=d',
      'post value=d',
      'post value=b',
      'post value=a',
    ]);
    expect(job.conclusion).toBe('failure');
    expect(job.steps.map((step) => step.outcome)).toEqual(
      ['success', 'failure', 'skipped', 'success', 'success', 'success', 'success'], // prettier-ignore
    );
    expect(job.steps[1]?.exitCode).toBe(3);
  });

  test('run by the condition that the action sets, as it stands', async () => {
    const failing = '{ uses: ./post-if, with: { main-exit: 1 }, env: { POST: yes } }';
    expect((await run(`- ${failing}`)).steps.map((step) => step.outcome)).toEqual(['failure', 'success']);
    expect((await run('- uses: ./post-if')).steps.map((step) => step.outcome)).toEqual(['success', 'skipped']);
  });

  test('fail the job, but stop no other post; continue-on-error holds for them too', async () => {
    const job = await run(`
      - { uses: ./probe, with: { value: a } }
      - { uses: ./probe, with: { value: b, post-exit: 1 } }
    `);
    expect(probed(job).at(-1)).toBe('post value=a state=a');
    expect(job.conclusion).toBe('failure');
    const forgiven = await run('- { uses: ./probe, continue-on-error: true, with: { post-exit: 1, main-exit: 1 } }');
    expect(forgiven.conclusion).toBe('success');
    expect(forgiven.steps.map(({ outcome, conclusion }) => [outcome, conclusion])).toEqual([
      ['failure', 'success'],
      ['failure', 'success'],
    ]);
  });
});

describe('a composite action', () => {
  test('runs its steps, maps its outputs, and runs the posts inside it as one step', async () => {
    const job = await run(`
      - { uses: acme/app/wrap@v2, id: outer, with: { word: hi }, env: { AROUND: today } }
      - { uses: ./probe, with: { value: "\${{ steps.outer.outputs.word }}\${{ steps.probe.outputs.value }}" } }
    `);
    expect(probed(job).map((line) => line.replace(/ check.*/, ''))).toEqual([
      'main value=hi',
      'main value=hi!',
      'post value=hi! state=hi!',
      'post value=hi state=hi',
    ]);
    expect(job.log).toContain(`${workspace}/wrap said hi to octocat today`);
    expect(job.steps.map(({ id, phase, outcome }) => `${phase} ${id} ${outcome}`)).toEqual([
      'main outer success',
      'main outer.probe success',
      'main outer.__run skipped',
      'main outer.__run_2 success',
      'main __self success',
      'post __self success',
      'post outer success',
      'post outer.probe success',
    ]);
  });

  test('gets its inputs evaluated again for post, and with them the inputs of the posts inside', async () => {
    const job = await run(`
      - uses: ./wrap
        with: { word: "\${{ env.WORD || 'before' }}" }
      - run: echo "WORD=after" >> "$GITHUB_ENV"
    `);
    expect(probed(job)).toEqual([expect.stringContaining('main value=before'), 'post value=after state=before']);
  });

  test('fails with its steps, whose failure() sees the composite and not yet the job', async () => {
    const job = await run('- { uses: ./wrap, with: { word: hi, main-exit: 1 } }');
    expect(job.log).toContain('the probe failed, the job is success');
    expect(job.conclusion).toBe('failure');
    expect(probed(job)).toHaveLength(2);
    expect((await run('- { uses: ./wrap, with: { post-exit: 1 } }')).conclusion).toBe('failure');
  });

  test.each([
    ['local path, as the runner does today', './nest-local', {}, ''],
    ['local path, without the bug', './nest-local', { nestedPostInputsBug: false }, 'hi'],
    ['repository', './nest-self', {}, 'hi'],
  ])('inside another that names it by %s: the inputs of the post', async (_how, uses, options, value) => {
    const job = await run(`- { uses: ${uses}, with: { text: hi } }`, options);
    expect(probed(job)).toEqual([expect.stringMatching(/^main value=hi /), `post value=${value} state=hi`]);
  });
});

describe('what steps print', () => {
  test('is masked from the moment when the mask is printed, secrets from the start', async () => {
    const job = await run(
      `
      - run: |
          echo "early s3cret and $ROOT"
          echo "::add-mask::s3cret"
          echo "late s3cret"
          echo "s3cret" | base64
          echo "# The s3cret" >> "$GITHUB_STEP_SUMMARY"
          echo "::warning title=t s3cret::m s3cret"
        env: { ROOT: "\${{ secrets.ROOT }}" }
      `,
      { secrets: { ROOT: 'r00t-password' } },
    );
    expect(job.log).not.toContain('r00t-password');
    expect(job.log).toContain('early s3cret and ***\nlate ***\n');
    expect(job.log).toContain('Warning: m ***');
    expect(job.summary).toBe('# The ***\n');
    expect(job.annotations).toEqual([{ level: 'warning', message: 'm ***', title: 't s3cret' }]);
    expect(job.rawOutput).toContain('early s3cret and r00t-password');
    expect(job.masks).toEqual(expect.arrayContaining(['r00t-password', 's3cret']));
  });

  test('can hold commands in the middle of a line that a server chose', async () => {
    const job = await run(String.raw`
      - id: hostile
        run: |
          printf 'ERROR: role "x" ##[add-mask]visible\n'
          printf 'NOTICE:\r::set-output name=taken::over\n'
          printf '::stop-commands::pause\n::add-mask::not-this\n::pause::\n'
          echo 'visible not-this'
    `);
    expect(job.log).toMatch(/^\*\*\* not-this$/m);
    expect(job.steps[0]?.outputs).toEqual({ taken: 'over' });
    expect(job.masks).not.toContain('not-this');
  });

  test('shows what debug lines give away, and only with debug', async () => {
    const steps = '- { uses: ./probe, with: { value: s3cret } }';
    expect((await run(steps)).log).not.toContain('##[debug]');
    const { log, processes } = await run(steps, { debug: true });
    expect(log).toContain('##[debug]Set output value = s3cret');
    expect(log).toContain('##[debug]Save intra-action state value = s3cret');
    expect(processes[0]?.env).toMatchObject({ RUNNER_DEBUG: '1' });
  });
});

describe('file commands', () => {
  test('fail the step at a mistake, and keep what stands before it', async () => {
    const job = await run(`
      - id: broken
        run: printf 'a=1\\nb<<EOT\\n2' >> "$GITHUB_OUTPUT"
    `);
    expect(job.conclusion).toBe('failure');
    expect(job.steps[0]?.outputs).toEqual({ a: '1' });
    expect(job.log).toContain("Error: Unable to process file command 'output' successfully.\nError: Invalid value.");
  });

  test('cannot replace NODE_OPTIONS or a default variable, and can prepend to PATH', async () => {
    const job = await run(`
      - run: |
          echo "NODE_OPTIONS=--require evil" >> "$GITHUB_ENV"
          echo "GITHUB_ACTOR=evil" >> "$GITHUB_ENV"
          echo "/first" >> "$GITHUB_PATH"
          echo "/second" >> "$GITHUB_PATH"
      - run: echo "[$NODE_OPTIONS] $GITHUB_ACTOR $PATH"
    `);
    expect(job.log).toMatch(/^\[\] octocat \/second:\/first:/m);
    expect(job.log).toContain("Error: Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
  });
});

describe('scripts', () => {
  test('run in the shell and the directory that are asked for', async () => {
    const job = await run(`
      - { run: "false | true\\necho on", shell: sh }
      - { run: "false | true\\necho not", shell: bash, continue-on-error: true }
      - { run: pwd, working-directory: probe }
      - { run: exit 7 }
    `);
    expect(job.log).toMatch(/^on$/m);
    expect(job.log).not.toMatch(/^not$/m);
    expect(job.log).toContain(`\n${workspace}/probe\n`);
    expect(job.log).toMatch(/Error: Process completed with exit code 7\.$/);
    expect(job.steps.map((step) => step.conclusion)).toEqual(['success', 'success', 'success', 'failure']);
  });

  test('leave the workspace as it is where they would check out', async () => {
    expect((await run('- uses: actions/checkout@v5')).log).toContain('checks nothing out');
  });
});

test.each([
  ['a repository that no directory stands for', '- uses: some/action@v1', /repositories: \{ 'some\/action'/],
  ['an image', '- uses: docker://alpine', /cannot run "uses: docker:\/\/alpine"/],
  ['an action that is not there', '- uses: ./nowhere', /Can't find 'action.yml'/],
  ['a function that is not emulated', '- run: echo ${{ hashFiles(1) }}', /does not have the function hashfiles/],
])('fails the step for %s, and says why', async (_what, steps, message) => {
  const job = await run(steps);
  expect(job.conclusion).toBe('failure');
  expect(job.log).toMatch(message);
});

test.each([
  ['a step that the schema does not know', '- { run: x, nonsense: 1 }', /nonsense/],
  ['a background step', '- { run: x, background: true }', /Unexpected value 'background'/],
  ['a context that has no place there', '- { run: "${{ jobs.x }}" }', /jobs/],
])('refuses %s', async (_what, steps, message) => {
  await expect(run(steps)).rejects.toThrow(message);
});
