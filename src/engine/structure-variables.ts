import type { StoredAction } from '../model/pipeline.ts';
import {
  firstRepeated,
  invalidAction,
  invalidStructure,
  type StructureInput,
  type StructureRefusal,
  type StructureRule,
} from './structure-rule.ts';
import { referencesIn, type VariableReference } from './variables.ts';

/** Rules about namespaces and variable references, checked when the pipeline is saved (behaviour B.2, C.9). */
export const variableRules: StructureRule[] = [
  ({ declaration: { variables, pipelineType } }) =>
    variables?.length && pipelineType === 'V1'
      ? invalidStructure('Pipeline variable can only be used with V2 pipelines')
      : undefined,
  ({ declaration: { variables } }) => {
    const twice = firstRepeated((variables ?? []).map(({ name }) => name));
    return twice === undefined
      ? undefined
      : invalidStructure(`Variable names must be unique. The following variable name is already in use: ${twice}`);
  },
  ({ declaration }) => {
    const twice = firstRepeated(namespacesOf(declaration.stages.flatMap(({ actions }) => actions)));
    return twice === undefined
      ? undefined
      : {
          refuse: 'InvalidActionDeclarationException',
          message: `Namespaces must be unique across the pipeline definition. The following occur more than once in the pipeline. ${twice}`,
        };
  },
  ({ declaration: { stages, variables } }) => {
    const reserved = new Set(variables?.length ? ['codepipeline', 'variables'] : ['codepipeline']);
    return namespacesOf(stages.flatMap(({ actions }) => actions)).some((namespace) => reserved.has(namespace))
      ? invalidStructure(
          'One or more of the chosen namespaces is reserved. Note that there is a namespace for variables at the pipeline level.\n',
        )
      : undefined;
  },
  ({ declaration: { stages } }) => {
    const actions = stages.flatMap((stage) => stage.actions);
    const artifacts = new Set(actions.flatMap(({ outputArtifacts }) => outputArtifacts.map(({ name }) => name)));
    const shared = namespacesOf(actions).find((namespace) => artifacts.has(namespace));
    return shared === undefined
      ? undefined
      : invalidAction(
          `Namespaces must differ from the artifact names of the pipeline. The following is both: ${shared}`,
        );
  },
  checkReferences,
];

function namespacesOf(actions: StoredAction[]): string[] {
  return actions.flatMap(({ namespace }) => namespace ?? []);
}

function checkReferences({ declaration }: StructureInput): StructureRefusal | undefined {
  const earlier = new Set<string>();
  const declared = new Set(declaration.variables?.map(({ name }) => name));
  for (const stage of declaration.stages) {
    for (const action of stage.actions) {
      const siblings = stage.actions.filter(({ runOrder }) => runOrder < action.runOrder);
      const known = new Set([...earlier, ...namespacesOf(siblings), 'codepipeline']);
      for (const { key, reference } of referencesOf(action)) {
        const where = `StageName=[${stage.name}], ActionName=[${action.name}], ActionConfigurationKey=[${key}], VariableReferenceText=[${reference.namespace}.${reference.key}]`;
        const refusal = checkReference(action, reference, { known, declared, where });
        if (refusal) return refusal;
      }
    }
    for (const namespace of namespacesOf(stage.actions)) earlier.add(namespace);
  }
  return undefined;
}

function referencesOf({ configuration }: StoredAction): { key: string; reference: VariableReference }[] {
  return Object.entries(configuration).flatMap(([key, value]) =>
    typeof value === 'string' ? referencesIn(value).map((reference) => ({ key, reference })) : [],
  );
}

function checkReference(
  action: StoredAction,
  reference: VariableReference,
  { known, declared, where }: { known: Set<string>; declared: Set<string>; where: string },
): StructureRefusal | undefined {
  if (reference.namespace === 'variables' && declared.size > 0) {
    if (action.actionTypeId.category === 'Source') {
      return invalidStructure(`Variables at the pipeline level cannot be used in source actions.\n${where}`);
    }
    return declared.has(reference.key)
      ? undefined
      : invalidStructure(`The referenced variables haven't been declared.\n${where}`);
  }
  if (known.has(reference.namespace)) return undefined;
  return {
    refuse: 'InvalidActionDeclarationException',
    message: `Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.). The following pipeline execution variables are referencing a namespace that does not exist.\n${where}`,
  };
}
