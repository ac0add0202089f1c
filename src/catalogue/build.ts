import type { CataloguedActionType } from '../model/action-type.ts';
import { builtInType, hourMs } from './built-in-type.ts';
import { codeBuildParts } from './code-build.ts';
import { optional, required } from './property.ts';

const category = 'Build';

/** Build types (behaviour D.2). */
export const buildTypes: readonly CataloguedActionType[] = [
  builtInType({ category, ...codeBuildParts, timeoutMs: 36 * hourMs }),
  builtInType({
    category,
    provider: 'ECRBuildAndPublish',
    inputs: [1, 1],
    properties: [
      required('ECRRepositoryName', 'The repository to push the image to.'),
      optional('DockerFilePath', 'Where the Dockerfile is in the input artifact.'),
      optional('ImageTags', 'The tags of the image, separated by commas; `latest` by default.'),
      optional('RegistryType', '`private` or `public`.'),
    ],
    attributes: { needsV2: true },
  }),
];
