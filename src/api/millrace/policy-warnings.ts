import { operationNames, ownOperationNames } from '../../contract/model.ts';
import { GlobText } from '../../identity/policies/glob.ts';
import type { Policy } from '../../identity/policies/policy.ts';

const known = [
  ...operationNames.map((name) => `codepipeline:${name}`),
  ...ownOperationNames.map((name) => `millrace:${name}`),
].map((action) => new GlobText(action.toLowerCase()));

const judged = /^(?:codepipeline|millrace):/i;

/**
 * Lists the actions of policies that no operation has. Such a policy is kept, for a later version may have the
 * operation; but more often the name is misspelled, and the statement has no effect.
 */
export function policyWarnings(policies: readonly Policy[]): string[] {
  return policies.flatMap(({ statements }, index) =>
    statements.flatMap(({ actions }, position) =>
      actions.patterns
        .filter(({ text, glob }) => judged.test(text) && !known.some((action) => glob.matches(action)))
        .map(
          ({ text }) =>
            `policies[${index}], statement ${position + 1}: no operation is called '${text}', so the statement has no effect for it. Check the spelling.`,
        ),
    ),
  );
}
