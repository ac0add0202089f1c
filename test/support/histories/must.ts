/** Throws an error with the violated rule and its subject. */
export function must(holds: boolean, rule: string, subject: unknown): asserts holds {
  if (!holds) throw new Error(`${rule}: ${JSON.stringify(subject)}`);
}
