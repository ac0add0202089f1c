import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Names of the files in the temporary folder by which commands pass on their folder and variables. */
export const stateFiles = { variables: 'env.sh', folder: 'dir.txt' };

/** What a command of a buildspec of version 0.1 begins with. */
const firstFiles = { variables: 'first-env.sh', folder: 'first-dir.txt' };

const scriptFile = 'script.sh';

/** The temporary folder of a build on this machine, and as commands see it. */
export interface TemporaryFolder {
  outside: string;
  inside: string;
}

/** Writes what the first command begins with: the source folder, and the variables of the build. */
export async function writeFirstState(
  { outside }: TemporaryFolder,
  { folder, variables }: { folder: string; variables: Record<string, string> },
): Promise<void> {
  const exports = Object.entries(variables).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  await writeFile(join(outside, firstFiles.variables), exports.join(''));
  await writeFile(join(outside, firstFiles.folder), `${folder}\n`);
  await restoreFirstState(outside);
}

/** Commands of several users write these files; no other user of this machine reaches the folder. */
async function restoreFirstState(outside: string): Promise<void> {
  for (const name of ['variables', 'folder'] as const) {
    const file = join(outside, stateFiles[name]);
    await copyFile(join(outside, firstFiles[name]), file);
    await chmod(file, 0o666);
  }
  await chmod(outside, 0o777);
}

/**
 * Writes the script of a command and returns its path inside the cage. Its first three lines go to the folder and load
 * the variables of the command before, so that shells report mistakes from line 4 as they do at CodeBuild.
 * A command that ends the shell by `exit` passes nothing on; with `isAlone` nothing of an earlier one counts.
 */
export async function writeScript(
  { outside, inside }: TemporaryFolder,
  command: string,
  { isSucceeding, isAlone }: { isSucceeding: boolean; isAlone: boolean },
): Promise<string> {
  if (isAlone) await restoreFirstState(outside);
  const variables = quote(join(inside, stateFiles.variables));
  const folder = quote(join(inside, stateFiles.folder));
  const script = `cd "$(cat ${folder})"
set -a
. ${variables}; CODEBUILD_BUILD_SUCCEEDING=${isSucceeding ? 1 : 0}
${command}
CODEBUILD_LAST_EXIT=$?
export -p > ${variables}
pwd > ${folder}
exit $CODEBUILD_LAST_EXIT
`;
  await writeFile(join(outside, scriptFile), script);
  await chmod(join(outside, scriptFile), 0o644);
  return join(inside, scriptFile);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
