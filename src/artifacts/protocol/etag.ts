/** Returns an entity tag with the quotes of headers and documents. */
export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}

/** Returns the tags of a condition such as `If-Match`, without quotes and weakness; `*` stays as it is. */
export function readEtags(header: string): string[] {
  return header.split(',').map(readEtag);
}

/** Returns a tag without quotes; clients send it with or without. */
export function readEtag(text: string): string {
  return text
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1');
}
