/** Whether a line has what a pattern asks for. */
export type LineFilter = (text: string) => boolean;

/** A pattern that is not served or can't be read. */
export class FilterPatternError extends Error {}

const term = /([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/y;

/**
 * Reads a filter pattern of CloudWatch Logs that consists of terms: all must be in a line, in this case; of terms with `?` one
 * is enough, unless there are others; terms with `-` must not. Throws FilterPatternError for other forms.
 */
export function readFilterPattern(pattern: string): LineFilter {
  const text = pattern.trim();
  if (/^[{[%]/.test(text)) {
    throw new FilterPatternError(
      'Only patterns of terms are served, not those of JSON, of fields or regular expressions.',
    );
  }
  const terms: Record<'' | '?' | '-', string[]> = { '': [], '?': [], '-': [] };
  for (let at = 0; at < text.length; ) {
    term.lastIndex = at;
    const found = term.exec(text);
    if (!found)
      throw new FilterPatternError('Invalid filter pattern: a quotation mark has no end, or no blank follows it.');
    const [all, sign = '', quoted, plain] = found;
    terms[sign as '' | '?' | '-'].push(quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1'));
    at += all.length;
    while (/\s/.test(text[at] ?? '')) at += 1;
  }
  const { '': all, '?': some, '-': none } = terms;
  return (line) => {
    if (none.some((one) => line.includes(one)) || !all.every((one) => line.includes(one))) return false;
    return all.length > 0 || some.length === 0 || some.some((one) => line.includes(one));
  };
}
