import type { Sealer } from '../../../identity/secrets/sealer.ts';
import type { SecretMask } from '../../../masking/secret-mask.ts';
import type { JobResult } from '../../../model/job.ts';
import type { Snapshot } from '../../../model/snapshot.ts';
import { maskOf } from '../pipelines/secret-masks.ts';

/**
 * Returns a worker's result as it is stored: secrets are masked in everything that is only displayed. Output variables,
 * revisions and continuation tokens stay unchanged, since later actions and jobs use them; they are masked when shown.
 */
export function maskedResult(jobId: string, result: JobResult, snapshot: Snapshot, sealer: Sealer): JobResult {
  const { declaration, execution, pipeline } = snapshot;
  const job = execution?.jobs.find(({ id }) => id === jobId);
  const action = execution?.actions.find(({ id }) => id === job?.actionExecutionId);
  const mask = maskOf(action?.start.resolvedConfiguration ?? {}, declaration, pipeline, sealer);
  return mask.isEmpty ? result : withoutSecrets(result, mask);
}

function withoutSecrets(result: JobResult, { mask }: SecretMask): JobResult {
  if (result.outcome === 'Failed') {
    const { failureDetails } = result;
    return {
      ...result,
      failureDetails: { ...failureDetails, ...maskedTexts(failureDetails, ['message', 'externalExecutionId'], mask) },
    };
  }
  const { currentRevision, executionDetails } = result;
  return {
    ...result,
    ...(executionDetails && {
      executionDetails: {
        ...executionDetails,
        ...maskedTexts(executionDetails, ['summary', 'externalExecutionId'], mask),
      },
    }),
    ...(currentRevision && {
      currentRevision: {
        ...currentRevision,
        ...maskedTexts(currentRevision, ['changeIdentifier', 'revisionSummary'], mask),
      },
    }),
  };
}

/** Returns the named members that are present, masked. */
function maskedTexts<Name extends string>(
  record: { readonly [Key in Name]?: string | undefined },
  names: readonly Name[],
  mask: (text: string) => string,
): { [Key in Name]?: string } {
  const masked: { [Key in Name]?: string } = {};
  for (const name of names) {
    const text = record[name];
    if (text !== undefined) masked[name] = mask(text);
  }
  return masked;
}
