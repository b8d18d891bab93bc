/**
 * Text that is made stands between two comments, in Markdown and in YAML; all around them is written by hand:
 *
 *     <!-- begin: inputs, written by npm run build -->        # begin: inputs, written by npm run build
 *     …                                                       …
 *     <!-- end: inputs -->                                    # end: inputs
 */

/**
 * Puts each region's text between its comments, indented as they are.
 *
 * @param regions by name
 * @param complain takes what is wrong with the text, as the end of a sentence
 */
export function fill(
  text: string,
  regions: Readonly<Record<string, string>>,
  complain: (problem: string) => void,
): string {
  let filled = text;
  for (const [name, content] of Object.entries(regions)) {
    const region = new RegExp(`^( *)((?:<!--|#) begin: ${name},.*\n)(?:.*\n)*?(?=^ *(?:<!--|#) end: ${name}\\b)`, 'gm');
    const places = [...filled.matchAll(region)].length;
    if (places !== 1) complain(`has ${places} places for its ${name}: it needs one ${example(name)}`);
    filled = filled.replaceAll(region, (_, indent: string, begin: string) =>
      `${indent}${begin}${content}`.replaceAll(/(?<=\n)(?=.)/g, indent),
    );
  }
  return filled;
}

function example(name: string): string {
  return `between "<!-- begin: ${name}, written by npm run build -->" and "<!-- end: ${name} -->", each on a line of its own`;
}
