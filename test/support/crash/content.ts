/**
 * Returns self-describing bytes: label and size are repeated, so that a truncated or mixed object differs from a
 * complete one.
 */
export function contentOf(label: string, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, `${label} ${sizeBytes}\n`);
}

/** Returns the label of complete bytes; undefined for any others. */
export function labelOf(bytes: Buffer): string | undefined {
  const line = bytes.subarray(0, bytes.indexOf('\n')).toString();
  const [, label = '', size = ''] = /^(.*) (\d+)$/.exec(line) ?? [];
  return contentOf(label, Number(size)).equals(bytes) ? label : undefined;
}
