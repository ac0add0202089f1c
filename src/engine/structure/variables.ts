import type { ErrorCode } from '../../contract/errors.ts';
import type { Configuration, StoredAction, StoredDeclaration } from '../../model/pipeline.ts';
import { findMalformedReference, referencesIn, type VariableReference } from '../../model/variable-reference.ts';
import {
  firstRepeated,
  invalidAction,
  invalidStructure,
  type StructureInput,
  type StructureRefusal,
  type StructureRule,
} from './structure-rule.ts';

const namespacesRepeat =
  'Namespaces must be unique across the pipeline definition. The following occur more than once in the pipeline.';

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
  ({ declaration: { stages } }) => {
    const places = stages.flatMap((stage) =>
      stage.actions.flatMap(({ name, namespace }) =>
        namespace === undefined ? [] : { stage: stage.name, name, namespace },
      ),
    );
    const seen = new Set<string>();
    const repeated = new Set(
      places.flatMap(({ namespace }) => (seen.has(namespace) ? namespace : seen.add(namespace) && [])),
    );
    const lines = places
      .filter(({ namespace }) => repeated.has(namespace))
      .map(({ stage, name, namespace }) => `StageName=[${stage}], ActionName=[${name}], Namespace=[${namespace}]`);
    return lines.length === 0 ? undefined : invalidAction([namespacesRepeat, ...lines].join('\n'));
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

/** The namespaces of actions, as they stand. */
export function namespacesOf(actions: readonly StoredAction[]): string[] {
  return actions.flatMap(({ namespace }) => namespace ?? []);
}

function checkReferences({ declaration: { stages, variables } }: StructureInput): StructureRefusal | undefined {
  const earlier = new Set<string>();
  for (const stage of stages) {
    for (const action of stage.actions) {
      let siblings: Set<string> | undefined;
      const isOfSibling = (name: string) => {
        siblings ??= new Set(namespacesOf(stage.actions.filter(({ runOrder }) => runOrder < action.runOrder)));
        return siblings.has(name);
      };
      const refusal = checkReferencesOf(action.configuration, {
        hasNamespace: (name) => earlier.has(name) || isOfSibling(name),
        variables,
        isSource: action.actionTypeId.category === 'Source',
        keyPhrase: `StageName=[${stage.name}], ActionName=[${action.name}], ActionConfigurationKey`,
        refuse: 'InvalidActionDeclarationException',
      });
      if (refusal) return refusal;
    }
    for (const namespace of namespacesOf(stage.actions)) earlier.add(namespace);
  }
  return undefined;
}

/** What the configuration of an action or a rule may refer to, and how a refusal names the place. */
export interface ReferenceScope {
  hasNamespace(name: string): boolean;
  variables: StoredDeclaration['variables'];
  isSource: boolean;
  /** What stands before `=[key]`. */
  keyPhrase: string;
  /** The error for a namespace that does not exist. */
  refuse: ErrorCode;
}

const validFormat =
  'Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.).';

/** The most characters of a malformed reference that a refusal repeats. */
const longestShown = 200;

/** The first variable reference in a configuration that cannot be resolved (behaviour B.2, C.9). */
export function checkReferencesOf(configuration: Configuration, scope: ReferenceScope): StructureRefusal | undefined {
  for (const [key, value] of Object.entries(configuration)) {
    if (typeof value !== 'string') continue;
    const malformed = findMalformedReference(value);
    if (malformed !== undefined) {
      const shown = malformed.slice(0, longestShown);
      const where = `${scope.keyPhrase}=[${key}], VariableReferenceText=[${shown}]`;
      const message = `${validFormat} The following pipeline execution variables do not have that format.\n${where}`;
      return { refuse: scope.refuse, message };
    }
    for (const reference of referencesIn(value)) {
      const where = `${scope.keyPhrase}=[${key}], VariableReferenceText=[${reference.namespace}.${reference.key}]`;
      const refusal = checkReference(reference, scope, where);
      if (refusal) return refusal;
    }
  }
  return undefined;
}

function checkReference(
  { namespace, key }: VariableReference,
  { hasNamespace, variables = [], isSource, refuse }: ReferenceScope,
  where: string,
): StructureRefusal | undefined {
  if (namespace === 'variables' && variables.length > 0) {
    if (isSource) {
      return invalidStructure(`Variables at the pipeline level cannot be used in source actions.\n${where}`);
    }
    return variables.some(({ name }) => name === key)
      ? undefined
      : invalidStructure(`The referenced variables haven't been declared.\n${where}`);
  }
  if (namespace === 'codepipeline' || hasNamespace(namespace)) return undefined;
  return {
    refuse,
    message: `${validFormat} The following pipeline execution variables are referencing a namespace that does not exist.\n${where}`,
  };
}
