/**
 * Bytes that say what they are: the label and the size again and again, so that a cut or mixed object is told from a
 * whole one by looking at it.
 */
export function contentOf(label: string, sizeBytes: number): Buffer {
  return Buffer.alloc(sizeBytes, `${label} ${sizeBytes}\n`);
}

/** The label of bytes that are whole; undefined of all others. */
export function labelOf(bytes: Buffer): string | undefined {
  const line = bytes.subarray(0, bytes.indexOf('\n')).toString();
  const [, label = '', size = ''] = /^(.*) (\d+)$/.exec(line) ?? [];
  return contentOf(label, Number(size)).equals(bytes) ? label : undefined;
}
