/** Shorter values are no secrets, and masking them would garble every line. */
const shortestSecret = 4;

/** Builds a function that replaces every occurrence of the secrets in a text, line by line of each secret, by `***`. */
export function createMask(secrets: readonly (string | undefined)[]): (text: string) => string {
  const parts = secrets
    .flatMap((secret) => (secret ?? '').split(/\r?\n/))
    .filter((part) => part.length >= shortestSecret)
    // A secret that contains another one has to go first, or its rest would stay.
    .sort((one, other) => other.length - one.length);
  return (text) => parts.reduce((masked, part) => masked.replaceAll(part, '***'), text);
}
