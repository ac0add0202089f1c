import type { Text } from '../buildspec/buildspec.ts';
import { findProgram } from '../cages/find-program.ts';
import type { BuildRequest } from './build-request.ts';
import { findHint } from './command-hints.ts';
import { watchDisk } from './disk-watch.ts';
import type { LimitedLog } from './limited-output.ts';
import type { PreparedBuild } from './prepare-build.ts';

/** Time between SIGTERM and SIGKILL for what a build runs that has no disk left. */
const fullGraceMs = 2000;

/** What shells and programs print of files beyond the limit. */
const tooLarge = /File size limit exceeded|File too large/i;

/**
 * Watches the disk of a build until `signal` aborts, and ends what it runs if it has too much there. Returns how to say
 * why a command failed: the limit that it reached, or what would help.
 */
export function explainFailures(
  { cage: { name }, folders, image, limits }: BuildRequest,
  { cage, end }: PreparedBuild,
  { log, signal }: { log: LimitedLog; signal: AbortSignal },
): (command: Text, status: number | undefined) => Promise<string | undefined> {
  let fullDisk: string | undefined;
  const { home, secondarySources, source, temporary } = folders;
  if (limits?.diskBytes !== undefined) {
    void watchDisk([source, temporary, home, ...Object.values(secondarySources)], {
      maxBytes: limits.diskBytes,
      signal,
      onFull(reason) {
        fullDisk = reason;
        void end(fullGraceMs);
      },
    });
  }
  const place = {
    cage: name,
    ...(image !== undefined && { image }),
    findProgram: (program: string) => findProgram(program, process.env.PATH),
  };
  return async ({ line, text }, status) => {
    const lines = log.lastLines();
    const reached = fullDisk === undefined ? await cage.reached() : [fullDisk];
    if (limits?.diskBytes !== undefined && tooLarge.test(lines.join('\n'))) {
      return `A file of the build may have ${Math.round(limits.diskBytes / 1024 ** 2)} MiB`;
    }
    if (reached.length > 0) return reached.join('. ');
    return findHint(text, { status, lines, line, isBlock: text.includes('\n') }, place);
  };
}
