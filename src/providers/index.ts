import { codeBuild } from './code-build/run.ts';
import { commands } from './commands/run.ts';
import { deploymentWindow } from './deployment-window/run.ts';
import { ecrSource } from './ecr-source/run.ts';
import { gitSources } from './git-source/run.ts';
import type { Provider } from './provider.ts';
import { s3Deploy } from './s3-deploy/run.ts';
import { s3Source } from './s3-source/run.ts';
import { variableCheck } from './variable-check/run.ts';

/** The built-in providers. */
export const providers: readonly Provider[] = [
  s3Source,
  ...gitSources,
  ecrSource,
  ...codeBuild,
  ...commands,
  s3Deploy,
  variableCheck,
  deploymentWindow,
];
