import type { OperationsOf } from '../operation.ts';
import { imageOperations } from './curated-images.ts';
import { projectOperations } from './project-operations.ts';

/** The operations of CodeBuild. */
export const codeBuildOperations: OperationsOf<'codebuild'> = { ...imageOperations, ...projectOperations };
