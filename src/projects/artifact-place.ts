import type { CodeBuild } from '../contract/generated.ts';
import type { BuildArtifact, BuildOrder } from '../model/build.ts';
import type { BuildProject } from './project.ts';

/** Returns where the artifacts of a build without a pipeline are stored. */
export function projectArtifacts(
  { name, artifacts, secondaryArtifacts = [] }: BuildProject,
  uuid: string,
): Pick<BuildOrder, 'artifact' | 'secondaryArtifacts'> {
  return {
    artifact: artifacts.type === 'S3' ? artifactOf(artifacts, { project: name, uuid }) : undefined,
    secondaryArtifacts: secondaryArtifacts.map((artifact) => artifactOf(artifact, { project: name, uuid })),
  };
}

/** A key is made of the path, the build's id if the namespace says so, and the name, each of which may be missing. */
function artifactOf(
  {
    artifactIdentifier,
    location = '',
    path,
    namespaceType,
    name,
    packaging = 'NONE',
    overrideArtifactName,
  }: CodeBuild.ProjectArtifacts,
  { project, uuid }: { project: string; uuid: string },
): BuildArtifact {
  const last = name ?? artifactIdentifier ?? project;
  const parts = [path, namespaceType === 'BUILD_ID' ? uuid : undefined, last];
  const key = parts
    .flatMap((part = '') => part.split('/'))
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  return {
    ...(artifactIdentifier !== undefined && { identifier: artifactIdentifier }),
    bucket: location,
    key,
    packaging,
    ...(overrideArtifactName === true && { name: last }),
  };
}
