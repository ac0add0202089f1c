import { ServiceError } from '../../contract/errors.ts';
import type { FailureType } from '../../contract/generated.ts';
import { findJob, jobId } from './find-job.ts';
import type { AdminOperation } from './operation.ts';
import { typeOfJob } from './touched-resource.ts';

const failureTypes: readonly FailureType[] = [
  'JobFailed',
  'ConfigurationError',
  'PermissionError',
  'RevisionOutOfSync',
  'RevisionUnavailable',
  'SystemUnavailable',
];

const maxMessageBytes = 5000;

/** Ends a job whose worker is gone, instead of waiting for its time-out. */
export const failJob: AdminOperation = {
  sentence:
    "Fails a job that has not ended, like PutJobFailureResult from its worker: a custom, third-party or built-in job, waiting or in progress. For jobs of the account's own pipelines whose worker is gone; later reports of a worker that is still running are rejected.",
  resource: typeOfJob,
  input: {
    jobId,
    message: {
      type: 'string',
      isRequired: false,
      maxBytes: maxMessageBytes,
      sentence: `Shown as the reason, at most ${maxMessageBytes} bytes; default: the caller.`,
    },
    type: {
      type: 'string',
      isRequired: false,
      sentence: `The error code of the action, of ${failureTypes.join(', ')}; default JobFailed.`,
    },
  },
  output: {},
  async run({ jobId: id, message = '', type = 'JobFailed' }, _account, parts, call) {
    const record = await findJob(String(id), call, parts);
    const failureType = failureTypes.find((known) => known === type);
    if (!failureType) {
      throw new ServiceError('ValidationException', `'type' must be one of ${failureTypes.join(', ')}.`);
    }
    const text = String(message).trim() || `Failed by ${call.origin.callerArn}, not by its worker.`;
    const failureDetails = { type: failureType, message: text };
    await parts.reportJob(record.job.id, { outcome: 'Failed', failureDetails }, call.origin);
    return {};
  },
};
