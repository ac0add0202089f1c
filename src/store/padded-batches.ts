/** A few fixed sizes keep a query a few prepared statements. Each padding is looked up again. */
const usualSizes = [1, 4, 16, 50];

/**
 * Splits values into batches of these sizes for `in (…)` and `values` lists; the last batch is padded by repeating its
 * first value.
 */
export function paddedBatches<Value>(values: Value[], sizes = usualSizes): Value[][] {
  const largest = sizes.at(-1) as number;
  const batches: Value[][] = [];
  for (let start = 0; start < values.length; start += largest) {
    const some = values.slice(start, start + largest);
    const size = sizes.find((number) => number >= some.length) ?? largest;
    batches.push(Array.from({ length: size }, (_, index) => some[index] ?? (some[0] as Value)));
  }
  return batches;
}

/** Returns a placeholder for each value, such as `?, ?` or `(?, ?), (?, ?)`. */
export function placeholders(values: unknown[], one = '?'): string {
  return values.map(() => one).join(', ');
}
