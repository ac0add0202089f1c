import type { OperationsOf } from '../operation.ts';
import { batchOperations } from './batch-operations.ts';
import { buildListOperations } from './build-lists.ts';
import { buildOperations } from './build-operations.ts';
import { imageOperations } from './curated-images.ts';
import { projectOperations } from './project-operations.ts';
import { reportOperations } from './report-operations.ts';

/** The operations of CodeBuild. */
export const codeBuildOperations: OperationsOf<'codebuild'> = {
  ...batchOperations,
  ...buildListOperations,
  ...buildOperations,
  ...imageOperations,
  ...projectOperations,
  ...reportOperations,
};
