/** How many a statement asks for: a few fixed numbers keep it a few prepared statements, and each repeat is looked up again. */
const sizes = [1, 4, 16, 50];
const largest = 50;

/** Everything that is asked for in portions of these sizes; the last one is filled up by repeating its first. */
export function portionsOf<Asked>(all: Asked[]): Asked[][] {
  const portions: Asked[][] = [];
  for (let start = 0; start < all.length; start += largest) {
    const some = all.slice(start, start + largest);
    const size = sizes.find((number) => number >= some.length) ?? largest;
    portions.push(Array.from({ length: size }, (_, index) => some[index] ?? (some[0] as Asked)));
  }
  return portions;
}
