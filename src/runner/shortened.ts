/** More than anybody reads, and less than the server takes. */
const maxBytes = 5000;

/** Returns a text of at most 5,000 bytes of UTF-8; a longer one ends with an ellipsis. */
export function shortened(text: string): string {
  const bytes = Buffer.from(text.replaceAll('\0', '\uFFFD'));
  if (bytes.length <= maxBytes) return bytes.toString();
  const kept = bytes.subarray(0, maxBytes - 10).toString();
  return `${kept.replace(/\uFFFD+$/, '')}…`;
}
