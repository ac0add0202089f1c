import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './untrusted-files.ts';

/** Names of the files in the temporary folder by which commands pass on their folder and variables. */
export const stateFiles = { variables: 'env.sh', folder: 'dir.txt' };

const scriptFile = 'script.sh';

/** The temporary folder of a build on this machine, and as commands see it. */
export interface TemporaryFolder {
  outside: string;
  inside: string;
}

/** Writes the scripts of a build's commands. */
export interface CommandScripts {
  /**
   * Writes the script of a command and returns its path inside the cage. Its first three lines go to the folder and load
   * the variables of the command before, so that shells report mistakes from line 4 as they do at CodeBuild.
   * A command that ends the shell by `exit` passes nothing on; with `isAlone` nothing of an earlier one counts.
   */
  write(command: string, options: { isSucceeding: boolean; isAlone: boolean }): Promise<string>;
}

/** Prepares what the first command begins with: the source folder, and the variables of the build. */
export async function createCommandScripts(
  { outside, inside }: TemporaryFolder,
  { folder, variables }: { folder: string; variables: Record<string, string> },
): Promise<CommandScripts> {
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  /** Commands of several users write these files; no other user of this machine reaches the folder. */
  const writeFirstState = async (): Promise<void> => {
    await replaceFile(join(outside, stateFiles.variables), exports.join(''), 0o666);
    await replaceFile(join(outside, stateFiles.folder), `${folder}\n`, 0o666);
  };
  await writeFirstState();
  await chmod(outside, 0o777);
  const paths = {
    variables: quote(join(inside, stateFiles.variables)),
    folder: quote(join(inside, stateFiles.folder)),
  };
  return {
    async write(command, { isSucceeding, isAlone }) {
      if (isAlone) await writeFirstState();
      await replaceFile(join(outside, scriptFile), scriptOf(command, isSucceeding, paths), 0o644);
      return join(inside, scriptFile);
    },
  };
}

/** A command whose variables can't be passed on fails, so that no other one runs without them. */
function scriptOf(
  command: string,
  isSucceeding: boolean,
  { variables, folder }: { variables: string; folder: string },
): string {
  return `cd "$(cat ${folder})"
set -a
. ${variables}; CODEBUILD_BUILD_SUCCEEDING=${isSucceeding ? 1 : 0}
${command}
CODEBUILD_LAST_EXIT=$?
export -p > ${variables} && pwd > ${folder} || [ "$CODEBUILD_LAST_EXIT" -ne 0 ] || exit 1
exit $CODEBUILD_LAST_EXIT
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
