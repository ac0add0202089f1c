/** Names that Git accepts for branches and tags; patterns and options are not among them. */
const shortName = /^(?![-/.])(?!.*(?:\.\.|\/\/|@\{|\/\.|\.lock(?:\/|$)))[^\s~^:?*[\\\p{Cc}]+(?<![/.])$/u;

/** Longer names have no room in the index of what was seen, and no forge has them. */
const maxBytes = 1000;

/** Reports whether Git accepts the name of a branch or tag. */
export function isBranchName(name: string): boolean {
  return Buffer.byteLength(name) <= maxBytes && shortName.test(name);
}

/** Reports whether Git accepts the full name of a branch or tag; a server could send anything. */
export function isRefName(name: string): boolean {
  const short = name.replace(/^refs\/(?:heads|tags)\//, '');
  return short !== name && !short.includes('\ufffd') && isBranchName(short);
}
