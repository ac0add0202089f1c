import { actionTypeId as deploymentWindowType } from './deployment-window/declaration.ts';
import { runDeploymentWindow } from './deployment-window/run.ts';
import type { Provider } from './provider.ts';
import { actionTypeId as s3DeployType } from './s3-deploy/declaration.ts';
import { runS3Deploy } from './s3-deploy/run.ts';
import { checkS3Source } from './s3-source/check.ts';
import { actionTypeId as s3SourceType } from './s3-source/declaration.ts';
import { runS3Source } from './s3-source/run.ts';
import { actionTypeId as variableCheckType } from './variable-check/declaration.ts';
import { runVariableCheck } from './variable-check/run.ts';

/** Every built-in provider; the one place where a new one is registered. */
export const providers: readonly Provider[] = [
  { actionTypeId: s3SourceType, run: runS3Source, check: checkS3Source },
  { actionTypeId: s3DeployType, run: runS3Deploy },
  { actionTypeId: variableCheckType, run: runVariableCheck },
  { actionTypeId: deploymentWindowType, run: runDeploymentWindow },
];
