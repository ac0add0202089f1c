import type { PipelineDeclaration } from '../contract/generated.ts';

/**
 * Says which folder each source action of a declaration reads. `given` is by the names of actions; a pipeline with one source
 * reads `workingFolder` by default.
 */
export function assignFolders(
  { stages }: PipelineDeclaration,
  given: ReadonlyMap<string, string>,
  workingFolder: string,
): { folders: Map<string, string>; mistakes: string[] } {
  const sources = stages
    .flatMap(({ actions }) => actions)
    .filter(({ actionTypeId }) => actionTypeId.category === 'Source')
    .map(({ name }) => name);
  const unknown = [...given.keys()].filter((name) => !sources.includes(name));
  const mistakes = unknown.map((name) => `--source ${name}: the source actions are ${sources.join(', ')}.`);
  const folders = new Map<string, string>();
  for (const name of sources) {
    const folder = given.get(name) ?? (sources.length === 1 ? workingFolder : undefined);
    if (folder === undefined) mistakes.push(`The source '${name}' needs a folder: --source ${name}=PATH.`);
    else folders.set(name, folder);
  }
  return { folders, mistakes };
}
