/** The root of every tree. */
export const root = 0;

/**
 * Finds any number of patterns in one pass over a text (Aho-Corasick). A node represents the longest suffix of the text
 * read so far that begins a pattern; the time doesn't depend on the number of patterns.
 */
export class PatternTree {
  /** Most nodes have one child; further ones are in `more`. */
  private readonly units: Int32Array;
  private readonly children: Int32Array;
  private readonly more = new Map<number, Map<number, number>>();
  private readonly fallbacks: Int32Array;
  private readonly depths: Int32Array;
  private readonly matches: Int32Array;
  private count = 1;

  constructor(patterns: readonly string[]) {
    const most = patterns.reduce((sum, { length }) => sum + length, 1);
    this.units = new Int32Array(most).fill(-1);
    this.children = new Int32Array(most);
    this.fallbacks = new Int32Array(most);
    this.depths = new Int32Array(most);
    this.matches = new Int32Array(most);
    for (const pattern of patterns) this.add(pattern);
    this.link();
  }

  /** Returns the node after another UTF-16 code unit. */
  next(node: number, unit: number): number {
    for (let from = node; ; from = this.fallbacks[from] ?? root) {
      const child = this.child(from, unit);
      if (child !== root) return child;
      if (from === root) return root;
    }
  }

  /** Returns the length of the longest pattern that ends at a node; 0 if none does. */
  matchLength(node: number): number {
    return this.matches[node] ?? 0;
  }

  /** Returns how many of the last units may be the beginning of a pattern. */
  depth(node: number): number {
    return this.depths[node] ?? 0;
  }

  private child(node: number, unit: number): number {
    if (this.units[node] === unit) return this.children[node] ?? root;
    return this.more.get(node)?.get(unit) ?? root;
  }

  private add(pattern: string): void {
    let node = root;
    for (let at = 0; at < pattern.length; at += 1) {
      const unit = pattern.charCodeAt(at);
      const known = this.child(node, unit);
      node = known === root ? this.grow(node, unit) : known;
    }
    this.matches[node] = pattern.length;
  }

  private grow(parent: number, unit: number): number {
    const node = this.count;
    this.count += 1;
    this.depths[node] = this.depth(parent) + 1;
    if (this.units[parent] === -1) {
      this.units[parent] = unit;
      this.children[parent] = node;
    } else {
      const others = this.more.get(parent) ?? new Map<number, number>();
      others.set(unit, node);
      this.more.set(parent, others);
    }
    return node;
  }

  /** Links the nodes breadth first, so that a node's shorter fallback is linked before it. */
  private link(): void {
    const queue = new Int32Array(this.count);
    let queued = 1;
    for (let at = 0; at < queued; at += 1) {
      const node = queue[at] ?? root;
      const linkChild = (unit: number, child: number): void => {
        const fallback = node === root ? root : this.next(this.fallbacks[node] ?? root, unit);
        this.fallbacks[child] = fallback;
        this.matches[child] = Math.max(this.matchLength(child), this.matchLength(fallback));
        queue[queued] = child;
        queued += 1;
      };
      const unit = this.units[node] ?? -1;
      if (unit !== -1) linkChild(unit, this.children[node] ?? root);
      for (const [other, child] of this.more.get(node) ?? []) linkChild(other, child);
    }
  }
}
