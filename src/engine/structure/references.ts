import type { ErrorCode } from '../../contract/errors.ts';
import type { Configuration, StoredDeclaration } from '../../model/pipeline.ts';
import { findMalformedReference, referencesIn, type VariableReference } from '../../model/variable-reference.ts';
import { firstRefusal, invalidStructure, type StructureRefusal } from './structure-rule.ts';

/** What the configuration of an action or a rule can refer to, and how a refusal names its place. */
export interface ReferenceScope {
  hasNamespace(name: string): boolean;
  variables: StoredDeclaration['variables'];
  isSource: boolean;
  /** The text before `=[key]`. */
  keyPhrase: string;
  /** The error for a namespace that does not exist. */
  refuse: ErrorCode;
}

const validFormat =
  'Valid format for a pipeline execution variable reference is a namespace and a key separated by a period (.).';

/** The most characters of a malformed reference that a refusal repeats. */
const longestShown = 200;

/** Refuses the first variable reference in a configuration that cannot be resolved (behaviour B.2, C.9). */
export function checkReferencesOf(configuration: Configuration, scope: ReferenceScope): StructureRefusal | undefined {
  return firstRefusal(Object.entries(configuration), ([key, value]) => {
    if (typeof value !== 'string') return undefined;
    const place = (text: string) => `${scope.keyPhrase}=[${key}], VariableReferenceText=[${text}]`;
    const malformed = findMalformedReference(value);
    if (malformed !== undefined) {
      const message = `${validFormat} The following pipeline execution variables do not have that format.\n${place(malformed.slice(0, longestShown))}`;
      return { refuse: scope.refuse, message };
    }
    return firstRefusal(referencesIn(value), (reference) =>
      checkReference(reference, scope, place(`${reference.namespace}.${reference.key}`)),
    );
  });
}

function checkReference(
  { namespace, key }: VariableReference,
  { hasNamespace, variables = [], isSource, refuse }: ReferenceScope,
  place: string,
): StructureRefusal | undefined {
  if (namespace === 'variables' && variables.length > 0) {
    if (isSource) {
      return invalidStructure(`Variables at the pipeline level cannot be used in source actions.\n${place}`);
    }
    return variables.some(({ name }) => name === key)
      ? undefined
      : invalidStructure(`The referenced variables haven't been declared.\n${place}`);
  }
  if (namespace === 'codepipeline' || hasNamespace(namespace)) return undefined;
  return {
    refuse,
    message: `${validFormat} The following pipeline execution variables are referencing a namespace that does not exist.\n${place}`,
  };
}
