import { builtInActionTypes } from '../catalogue/action-types.ts';
import { builtInRuleTypes } from '../catalogue/rule-types.ts';
import { checkInput } from '../contract/check.ts';
import { ServiceError } from '../contract/errors.ts';
import type { ActionTypeId, PipelineDeclaration } from '../contract/generated.ts';
import { structureRefusals } from '../engine/structure/structure.ts';
import { actionTypeKey, type CataloguedActionType } from '../model/action-type.ts';
import type { StoredDeclaration } from '../model/pipeline.ts';
import { defaultQuotas } from '../model/quotas.ts';
import { actionsOf, type Finding, type LintContext, type MemberPath } from './finding.ts';

/** Checks the shape of a declaration as the API does; returns it if it is right. */
export function shapeFindings(declaration: unknown): { findings: Finding[]; checked?: PipelineDeclaration } {
  try {
    return { findings: [], checked: checkInput('CreatePipeline', { pipeline: declaration }).pipeline };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const problems = error.message.replace(/^\d+ validation errors? detected: /, '').split(/; (?=Value )/);
    const findings = problems.map((message): Finding => {
      return { rule: 'shape', severity: 'error', path: pathIn(message), message };
    });
    return { findings };
  }
}

/** Reads the path of a validation message, such as `pipeline.stages.1.member.name`. */
function pathIn(message: string): MemberPath {
  const [, text = ''] = / at '([^']*)'/.exec(message) ?? [];
  const parts = text.split('.').slice(1);
  return parts.flatMap((part, index): (string | number)[] => {
    if (part === 'member') return [];
    return parts[index + 1] === 'member' ? [Number(part) - 1] : [part];
  });
}

/** Says all that CreatePipeline would refuse, where it says only the first. */
export function refusalsOf(declaration: PipelineDeclaration, { region }: LintContext): Finding[] {
  const actionTypes = [...builtInActionTypes, ...customTypesOf(declaration)];
  const input = {
    declaration: stored(declaration),
    actionTypes,
    ruleTypes: builtInRuleTypes,
    region,
    quotas: defaultQuotas,
  };
  return structureRefusals(input).map(({ refuse, message }) => {
    const path = placeOf(message, declaration);
    return { rule: refuse, severity: 'error', path, message: message.trim() };
  });
}

/** The declaration as it would be stored; which type it has by default is the server's to say, and V2 allows all. */
function stored(declaration: PipelineDeclaration): StoredDeclaration {
  return {
    ...declaration,
    version: 1,
    executionMode: declaration.executionMode ?? 'SUPERSEDED',
    pipelineType: declaration.pipelineType ?? 'V2',
    stages: declaration.stages.map((stage) => ({
      ...stage,
      actions: stage.actions.map((action) => ({
        ...action,
        runOrder: action.runOrder ?? 1,
        inputArtifacts: action.inputArtifacts ?? [],
        outputArtifacts: action.outputArtifacts ?? [],
        configuration: action.configuration ?? {},
      })),
    })),
  };
}

/** Types that are registered are not known here, so that their actions may have anything. */
function customTypesOf(declaration: PipelineDeclaration): CataloguedActionType[] {
  const builtIn = new Set(builtInActionTypes.map(({ definition }) => actionTypeKey(definition.id)));
  const custom = actionsOf(declaration).filter(({ action: { actionTypeId } }) => {
    return actionTypeId.owner !== 'AWS' && !builtIn.has(actionTypeKey(actionTypeId));
  });
  const types = new Map<string, { id: ActionTypeId; properties: Set<string> }>();
  for (const { action } of custom) {
    const key = actionTypeKey(action.actionTypeId);
    const type = types.get(key) ?? { id: action.actionTypeId, properties: new Set() };
    for (const name of Object.keys(action.configuration ?? {})) type.properties.add(name);
    types.set(key, type);
  }
  const anyNumber = { minimumCount: 0, maximumCount: 100 };
  return [...types.values()].map(({ id, properties }) => ({
    timeoutMs: 0,
    definition: {
      id,
      inputArtifactDetails: anyNumber,
      outputArtifactDetails: anyNumber,
      actionConfigurationProperties: [...properties].map((name) => {
        return { name, required: false, key: false, secret: false };
      }),
    },
  }));
}

/** Finds the action or stage that a message names. */
function placeOf(message: string, declaration: PipelineDeclaration): MemberPath {
  const named = new Set(
    [...message.matchAll(/'([^']+)'|=\[([^\]]+)\]/g)].map(([, quoted, listed]) => quoted ?? listed),
  );
  const action = actionsOf(declaration).find(({ stage, action: { name } }) => {
    const isOfOtherStage = declaration.stages.some((other) => other !== stage && named.has(other.name));
    return named.has(name) && (named.has(stage.name) || !isOfOtherStage);
  });
  if (action) return action.path;
  const stage = declaration.stages.findIndex(({ name }) => named.has(name));
  return stage < 0 ? ['stages'] : ['stages', stage];
}
