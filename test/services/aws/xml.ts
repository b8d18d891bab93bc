/** What the query protocol answers with: text, a structure, or a list, whose items are called `member`. */
export type Xml = string | readonly Xml[] | { readonly [name: string]: Xml };

export function toXml(value: Xml): string {
  if (typeof value === 'string') return escape(value);
  if (isList(value)) return value.map((item) => `<member>${toXml(item)}</member>`).join('');
  return Object.entries(value)
    .map(([name, child]) => `<${name}>${toXml(child)}</${name}>`)
    .join('');
}

function isList(value: Xml): value is readonly Xml[] {
  return Array.isArray(value);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
