const quoted = String.raw`(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")`;
const index = String.raw`-?\d+`;
const list = (item: string) => String.raw`${item}(?:\s*,\s*${item})*`;
const slice = String.raw`(?:${index})?\s*:\s*(?:${index})?(?:\s*:\s*(?:${index})?)?`;

/** `.name`, `..name`, `.*`, `..` before a bracket, and `.length()` and its kind at the end. */
const child = /\.(?:\.(?=\[))?(?:\.?(?:\*|[^\s.[\]()'"*,?:@$]+(?:\(\))?)|(?=\[))/y;
const bracket = new RegExp(String.raw`\[\s*(?:\*|${list(quoted)}|${slice}|${list(index)})\s*\]`, 'y');
const filterStart = /\[\s*\?\s*\(/y;
const filterEnd = /\s*\]/y;

/** Whether `text` reads as a JSONPath: `$` and then steps. Filter expressions are only checked for their brackets. */
export function isJsonPath(text: string): boolean {
  if (!text.startsWith('$')) return false;
  for (let at = 1; at < text.length; ) {
    const next = endOf(child, text, at) ?? endOf(bracket, text, at) ?? endOfFilter(text, at);
    if (next === undefined || next === at) return false;
    at = next;
  }
  return true;
}

function endOf(step: RegExp, text: string, at: number): number | undefined {
  step.lastIndex = at;
  return step.test(text) ? step.lastIndex : undefined;
}

function endOfFilter(text: string, at: number): number | undefined {
  const start = endOf(filterStart, text, at);
  if (start === undefined) return undefined;
  let depth = 1;
  let quote = '';
  for (let offset = start; offset < text.length; offset += 1) {
    const character = text[offset] ?? '';
    if (character === '\\') offset += 1;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === "'" || character === '"') quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    if (depth === 0) return offset > start ? endOf(filterEnd, text, offset + 1) : undefined;
  }
  return undefined;
}
