import { expect, test } from 'vitest';
import { asMap, evaluateString, parseFile } from './template.ts';

/** The value of an output of a composite action with the given text. */
function valueOf(text: string): string {
  const action = parseFile(
    'action',
    'action.yml',
    `name: n\ndescription: d\noutputs:\n  o:\n    description: d\n    value: ${text}\nruns: { using: composite, steps: [] }\n`,
  );
  const { o } = asMap(action['outputs']);
  return evaluateString(asMap(o)['value'], { contexts: { inputs: { a: 'A', n: 1.5, list: [1, 'x'] }, github: {} } });
}

test.each([
  ['plain', 'plain'],
  ['${{ inputs.a }}', 'A'],
  ['x ${{ inputs.A }} {y}', 'x A {y}'],
  ['${{ inputs.n }} ${{ inputs.none }} ${{ inputs.list }} ${{ true }}', '1.5  Array true'],
  ['${{ toJSON(inputs.list) }}', '[\n  1,\n  "x"\n]'],
  ["\"${{ 'it''s ''quoted''' }}\"", "it's 'quoted'"],
  ["|\n      one 'a' 'b' ${{ inputs.a }}\n        two 'c'\n      three", "one 'a' 'b' A\n  two 'c'\nthree\n"],
])('evaluates %s', (text, value) => {
  expect(valueOf(text)).toBe(value);
});

test('names every mistake of a file, and where it is', () => {
  expect(() =>
    parseFile('workflow', 'w.yml', 'on: push\nnonsense: 1\njobs: { a: { runs-on: x, steps: [{}] } }'),
  ).toThrow(/w\.yml \(Line: 2, Col: 1\): Unexpected value 'nonsense'[^]*w\.yml \(Line: 3/);
});
