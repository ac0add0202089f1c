/** Shorter values are no secrets, and masking them would garble every line. */
const shortestSecret = 4;

/** A function that puts `***` in place of every secret in a text; a secret of several lines is masked line by line. */
export function createMask(secrets: readonly string[]): (text: string) => string {
  const parts = secrets
    .flatMap((secret) => secret.split(/\r?\n/))
    .filter(({ length }) => length >= shortestSecret)
    // The longer first: of a secret inside another one no rest may stay.
    .sort((one, other) => other.length - one.length);
  return (text) => parts.reduce((masked, part) => masked.replaceAll(part, '***'), text);
}
