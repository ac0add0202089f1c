/** How a registry wants to be asked: a scheme such as `bearer`, in lower case, and its parameters. */
export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
}

/** One item of a header: a parameter `name="value"` or `name=value`, or the word that begins a challenge. */
const item = /([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?[\s,]*/y;

/** Longer headers are not read. */
const maxCharacters = 4096;

/** Reads a `WWW-Authenticate` header; several challenges may share one. Anything malformed ends the list. */
export function readChallenges(header: string | null): Challenge[] {
  const challenges: Challenge[] = [];
  if (header === null || header.length > maxCharacters) return challenges;
  item.lastIndex = 0;
  for (let found = item.exec(header); found !== null; found = item.exec(header)) {
    const [, name = '', quoted, plain] = found;
    const value = quoted?.replace(/\\(.)/g, '$1') ?? plain;
    const last = challenges.at(-1);
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), parameters: {} });
    else if (last) last.parameters[name.toLowerCase()] = value;
  }
  return challenges;
}
