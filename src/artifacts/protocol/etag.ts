/** An entity tag as headers and documents write it. */
export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}

/** The tags of `If-Match` and its sisters, without quotes and weakness; `*` stands for itself. */
export function readEtags(header: string): string[] {
  return header.split(',').map(readEtag);
}

/** One tag without quotes, as clients send it in either form. */
export function readEtag(text: string): string {
  return text
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
}
