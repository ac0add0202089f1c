/** One movement of a branch or tag. */
export interface Push {
  /** The folder of the repository. */
  repository: string;
  /** Such as `refs/heads/main`. */
  ref: string;
  commit: string;
  /** Whether it changes a file that the path filter includes. */
  isOfSource: boolean;
  /** Whether the branch was moved to a commit that does not follow the one before. */
  isRewrite: boolean;
}

/** All pushes of a ref, oldest first. */
export function pushesOf(pushes: Push[], repository: string, fits: (ref: string) => boolean): Map<string, Push[]> {
  const found = new Map<string, Push[]>();
  for (const push of pushes) {
    if (push.repository !== repository || !fits(push.ref)) continue;
    found.set(push.ref, [...(found.get(push.ref) ?? []), push]);
  }
  return found;
}
