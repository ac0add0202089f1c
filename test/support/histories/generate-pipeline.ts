import { checkStructure } from '../../../src/engine/structure/structure.ts';
import type { StoredAction, StoredDeclaration, StoredStage } from '../../../src/model/pipeline.ts';
import { defaultQuotas } from '../../../src/model/quotas.ts';
import type { Chance } from '../engine/random.ts';
import { checkType, uncheckedType } from '../pipelines/conditions.ts';
import { action, approval, approvalType, catalogue, declare, source, stage } from '../pipelines/declarations.ts';
import { someConditions } from './generate-conditions.ts';
import { must } from './must.ts';

/** Generates a valid pipeline of 2–4 stages with run orders, artifacts, namespaces and references. */
export function generatePipeline(chance: Chance, load: 'light' | 'heavy' = 'light'): StoredDeclaration {
  const stages: StoredStage[] = [];
  const artifacts: string[] = [];
  const namespaces: string[] = [];
  const executionMode = chance.pick(['SUPERSEDED', 'SUPERSEDED', 'QUEUED', 'PARALLEL'] as const);
  const isGated = chance.oneIn(2);
  const stageCount = 2 + chance.below(3);
  for (let stageNumber = 0; stageNumber < stageCount; stageNumber += 1) {
    const actions: StoredAction[] = [];
    const actionCount = 1 + chance.below(3);
    for (let number = 0; number < actionCount; number += 1) {
      const name = `A${stageNumber}${number}`;
      const outputs = chance.oneIn(3) ? [] : [`Out${stageNumber}${number}`];
      const namespace = chance.oneIn(2) ? `Ns${stageNumber}${number}` : undefined;
      const parts = { outputs, namespace, runOrder: pickRunOrder(chance) };
      if (stageNumber === 0) actions.push(source(name, parts));
      else if (chance.oneIn(5)) actions.push(approval(name, askingParts(chance)));
      else
        actions.push(
          action(name, {
            ...parts,
            inputs: pickSome(chance, artifacts),
            configuration: refer(chance, namespaces, load),
          }),
        );
    }
    const canRollBack = stageNumber > 0 && executionMode !== 'PARALLEL';
    const conditions = isGated ? someConditions(chance, { canRollBack, namespaces }) : {};
    stages.push({ ...stage(`S${stageNumber}`, ...actions), ...conditions });
    for (const { outputArtifacts, namespace } of actions) {
      artifacts.push(...outputArtifacts.map(({ name }) => name));
      if (namespace) namespaces.push(namespace);
    }
  }
  const variables = chance.oneIn(6) ? [{ name: 'Lane' }] : undefined;
  const declaration = declare(stages, { pipelineType: 'V2', executionMode, variables });
  const refusal = checkStructure({
    declaration,
    actionTypes: [...catalogue, approvalType],
    ruleTypes: [{ ...checkType, canSkip: true }, uncheckedType],
    region: 'us-east-1',
    quotas: defaultQuotas,
  });
  must(refusal === undefined, 'generated pipelines are valid', { refusal, declaration });
  return declaration;
}

/** Generates an approval, possibly with a timeout of less than 7 days or a required summary. */
function askingParts(chance: Chance) {
  const configuration: Record<string, string> = chance.oneIn(3) ? { IsSummaryRequired: 'true' } : {};
  const timeoutInMinutes = chance.oneIn(2) ? 24 * 60 : undefined;
  return { runOrder: pickRunOrder(chance), configuration, timeoutInMinutes };
}

/** Mostly the first, so that actions run concurrently. */
function pickRunOrder(chance: Chance): number {
  return chance.oneIn(2) ? 1 : 1 + chance.below(3);
}

function pickSome(chance: Chance, names: string[]): string[] {
  return names.filter(() => chance.oneIn(3)).slice(0, 5);
}

/**
 * Sometimes generates a reference. Workers mostly report `Tag`, so some executions fail on it at the start of an
 * action. A heavy one refers to a long variable, once or as often as fits into a value.
 */
function refer(chance: Chance, namespaces: string[], load: 'light' | 'heavy'): Record<string, string> {
  const namespace = chance.oneIn(3) || load === 'heavy' ? chance.pick(namespaces) : undefined;
  if (namespace === undefined) return {};
  if (load === 'light') return { Command: `make #{${namespace}.Tag}` };
  const reference = `#{${namespace}.Long}`;
  return { Command: reference.repeat(chance.pick([1, 2, Math.floor(1000 / reference.length)]) ?? 1) };
}
