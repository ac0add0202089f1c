import type { StoredAction } from '../../model/pipeline.ts';
import { checkReferencesOf } from './references.ts';
import { firstRefusal, firstRepeated, invalidAction, invalidStructure, type StructureRule } from './structure-rule.ts';

const variablesNeedV2: StructureRule = ({ declaration: { variables, pipelineType } }) =>
  variables?.length && pipelineType === 'V1'
    ? invalidStructure('Pipeline variable can only be used with V2 pipelines')
    : undefined;

const namesVariablesOnce: StructureRule = ({ declaration: { variables = [] } }) => {
  const repeated = firstRepeated(variables.map(({ name }) => name));
  if (repeated === undefined) return undefined;
  return invalidStructure(`Variable names must be unique. The following variable name is already in use: ${repeated}`);
};

const namesNamespacesOnce: StructureRule = ({ declaration: { stages } }) => {
  const uses = stages.flatMap((stage) =>
    stage.actions.flatMap(({ name, namespace }) =>
      namespace === undefined ? [] : { stage: stage.name, name, namespace },
    ),
  );
  const seen = new Set<string>();
  const repeated = new Set(
    uses.flatMap(({ namespace }) => (seen.has(namespace) ? namespace : seen.add(namespace) && [])),
  );
  if (repeated.size === 0) return undefined;
  const lines = uses
    .filter(({ namespace }) => repeated.has(namespace))
    .map(({ stage, name, namespace }) => `StageName=[${stage}], ActionName=[${name}], Namespace=[${namespace}]`);
  const introduction =
    'Namespaces must be unique across the pipeline definition. The following occur more than once in the pipeline.';
  return invalidAction([introduction, ...lines].join('\n'));
};

const usesNoReservedNamespace: StructureRule = ({ declaration: { stages, variables } }) => {
  const reserved = new Set(variables?.length ? ['codepipeline', 'variables'] : ['codepipeline']);
  return namespacesOf(stages.flatMap(({ actions }) => actions)).some((namespace) => reserved.has(namespace))
    ? invalidStructure(
        'One or more of the chosen namespaces is reserved. Note that there is a namespace for variables at the pipeline level.\n',
      )
    : undefined;
};

const distinguishesNamespaces: StructureRule = ({ declaration: { stages } }) => {
  const actions = stages.flatMap((stage) => stage.actions);
  const artifacts = new Set(actions.flatMap(({ outputArtifacts }) => outputArtifacts.map(({ name }) => name)));
  const shared = namespacesOf(actions).find((namespace) => artifacts.has(namespace));
  if (shared === undefined) return undefined;
  return invalidAction(
    `Namespaces must differ from the artifact names of the pipeline. The following is both: ${shared}`,
  );
};

/** Returns the namespaces that actions declare. */
export function namespacesOf(actions: readonly StoredAction[]): string[] {
  return actions.flatMap(({ namespace }) => namespace ?? []);
}

const resolvesReferences: StructureRule = ({ declaration: { stages, variables } }) => {
  const earlier = new Set<string>();
  return firstRefusal(stages, (stage) => {
    const refusal = firstRefusal(stage.actions, (action) => {
      let siblings: Set<string> | undefined;
      const isOfSibling = (name: string) => {
        siblings ??= new Set(namespacesOf(stage.actions.filter(({ runOrder }) => runOrder < action.runOrder)));
        return siblings.has(name);
      };
      return checkReferencesOf(action.configuration, {
        hasNamespace: (name) => earlier.has(name) || isOfSibling(name),
        variables,
        isSource: action.actionTypeId.category === 'Source',
        keyPhrase: `StageName=[${stage.name}], ActionName=[${action.name}], ActionConfigurationKey`,
        refuse: 'InvalidActionDeclarationException',
      });
    });
    for (const namespace of namespacesOf(stage.actions)) earlier.add(namespace);
    return refusal;
  });
};

/** Rules about namespaces and variable references (behaviour B.2, C.9). */
export const variableRules: StructureRule[] = [
  variablesNeedV2,
  namesVariablesOnce,
  namesNamespacesOnce,
  usesNoReservedNamespace,
  distinguishesNamespaces,
  resolvesReferences,
];
