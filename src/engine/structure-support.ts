import { invalidStructure, type StructureRule } from './structure-rule.ts';

/**
 * Parts of a declaration that the service knows and this version does not run yet. They are refused when the pipeline
 * is saved, so that nothing is accepted and then ignored; `docs/compatibility.md` lists them.
 */
export const supportRules: StructureRule[] = [
  ({ declaration: { executionMode, pipelineType } }) =>
    executionMode !== 'SUPERSEDED' && pipelineType === 'V1'
      ? invalidStructure('QUEUED or PARALLEL mode can only be used with V2 pipelines')
      : undefined,
  ({ declaration: { executionMode } }) =>
    executionMode === 'SUPERSEDED'
      ? undefined
      : invalidStructure(`Execution mode ${executionMode} is not supported by this version of Millrace`),
  ({ declaration: { triggers } }) =>
    triggers?.length ? invalidStructure('Triggers are not supported by this version of Millrace') : undefined,
  ({ declaration: { stages } }) => {
    const stage = stages.find(({ beforeEntry, onSuccess, onFailure }) => beforeEntry ?? onSuccess ?? onFailure);
    return (
      stage && {
        refuse: 'InvalidStageDeclarationException',
        message: `Stage '${stage.name}' has conditions, which are not supported by this version of Millrace`,
      }
    );
  },
  ({ declaration: { stages } }) => {
    const stage = stages.find(({ blockers }) => blockers?.length);
    return (
      stage && {
        refuse: 'InvalidBlockerDeclarationException',
        message: `Stage '${stage.name}' has blockers, which are reserved for future use`,
      }
    );
  },
];
