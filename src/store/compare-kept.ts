type Compare = (what: 'snapshot' | 'job', kept: object, read: object | undefined) => void;
let compare: Compare | undefined;

/** For tests: calls `comparison` for everything that is used because it was kept, with what is read instead; without one nothing is read. */
export function compareAllKept(comparison: Compare | undefined): void {
  compare = comparison;
}

export async function compareKept(
  what: Parameters<Compare>[0],
  kept: object,
  read: () => Promise<object | undefined>,
): Promise<void> {
  if (compare) compare(what, kept, await read());
}
