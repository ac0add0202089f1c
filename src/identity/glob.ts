/**
 * Whether the whole of `text` matches `pattern`, in which `*` stands for any characters (none as well) and `?` for
 * exactly one UTF-16 unit. Whatever stands in `text` is taken literally. The time is at most the product of both
 * lengths: a pattern made to run for ever, as regular expressions know them, does not exist here.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let at = 0;
  let read = 0;
  let star = -1;
  let starRead = 0;
  while (read < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at;
      starRead = read;
      at += 1;
    } else if (wanted === '?' || wanted === text[read]) {
      at += 1;
      read += 1;
    } else if (star >= 0) {
      // Only the last star has to give way: what the earlier ones matched is as good as anything else.
      starRead += 1;
      read = starRead;
      at = star + 1;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

/** Whether an ARN matches the pattern of one, each of its six parts for itself: no wildcard reaches over a colon. */
export function matchesArn(pattern: string, arn: string): boolean {
  const wanted = arnParts(pattern);
  const parts = arnParts(arn);
  return wanted.length === parts.length && wanted.every((part, index) => matchesGlob(part, parts[index] ?? ''));
}

/** The parts of an ARN; the sixth is the rest, whatever colons it has. Fewer than six when it is no ARN. */
export function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}
