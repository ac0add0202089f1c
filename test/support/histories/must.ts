/** Throws, naming the broken rule and what broke it. */
export function must(holds: boolean, rule: string, subject: unknown): asserts holds {
  if (!holds) throw new Error(`${rule}: ${JSON.stringify(subject)}`);
}
