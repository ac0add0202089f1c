/** Where the log of a build goes, line by line; awaited, so that a slow reader slows the build. */
export type WriteLog = (lines: string[]) => Promise<void>;

/** The log of a build in the form of CodeBuild, which tools read. */
export interface BuildLog {
  /** Writes a line of the build itself, with its time. */
  note(text: string): Promise<void>;
  /** Writes what commands print. */
  output: WriteLog;
}

export function createBuildLog(write: WriteLog, now: () => number): BuildLog {
  let last = 0;
  let ties = 0;
  return {
    async note(text) {
      const at = now();
      // Tools sort by the microseconds, which the clock does not have.
      ties = at === last ? Math.min(ties + 1, 999) : 0;
      last = at;
      const [day = '', time = ''] = new Date(at).toISOString().split('T');
      const micros = String(ties).padStart(3, '0');
      await write(
        `[Container] ${day.replaceAll('-', '/')} ${time.replace('Z', '')}${micros} ${text}`.trimEnd().split('\n'),
      );
    },
    output: write,
  };
}
