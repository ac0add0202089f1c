/** Calls `work` for every item, `width` at a time: enough to keep a server busy over kept-alive connections. */
export async function concurrently<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  width = 16,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
