import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildspecError } from '../buildspec/buildspec.ts';
import { readBuildspec } from '../buildspec/read-buildspec.ts';
import { type EndedTask, runInOrder } from './batch-order.ts';
import { type LocalBuild, type LocalBuildEnd, runLocalBuild } from './local-build.ts';

/** Runs the batch that a buildspec defines, each build on a copy of the source. Throws BuildspecError if there is none. */
export async function runLocalBatch(
  build: LocalBuild,
  report: (identifier: string, end: LocalBuildEnd) => void,
): Promise<EndedTask[]> {
  const file = build.buildspec ?? 'buildspec.yml';
  const { batch } = readBuildspec(await readFile(join(build.source, file), 'utf8'));
  if (!batch) throw new BuildspecError(`${file} has no batch.`, 1);
  return runInOrder(batch, async ({ identifier, buildspec, image, variables }) => {
    const end = await runLocalBuild({
      ...build,
      buildspec: buildspec ?? file,
      variables: { ...build.variables, ...variables },
      batchIdentifier: identifier,
      ...(image !== undefined && build.image !== undefined && { image }),
      ...(build.artifactFolder !== undefined && { artifactFolder: join(build.artifactFolder, identifier) }),
    });
    report(identifier, end);
    return end.status === 'SUCCEEDED';
  });
}
