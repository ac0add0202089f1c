// Reads the progress of an execution from the API.
import {
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
} from '@aws-sdk/client-codepipeline';
import { expectEqual, waitFor } from './expectation.mjs';
import { pipelineName } from './set-up.mjs';

const lastStatuses = ['Succeeded', 'Failed', 'Stopped', 'Superseded', 'Cancelled'];

/** Returns the id of the latest execution. */
export async function newestExecutionId({ codepipeline }) {
  const input = { pipelineName, maxResults: 1 };
  const { pipelineExecutionSummaries } = await codepipeline.send(new ListPipelineExecutionsCommand(input));
  return pipelineExecutionSummaries[0].pipelineExecutionId;
}

/** Waits until an action of an execution has started; for a custom action, a job is then waiting for a worker. */
export async function waitForAction(story, pipelineExecutionId, actionName) {
  const look = async () => {
    const actions = await listActions(story, pipelineExecutionId);
    return actions.find((action) => action.actionName === actionName);
  };
  return waitFor(`The action ${actionName} begins`, look, { signal: story.signal });
}

/** Waits until an execution has ended, and checks its status; returns the execution. */
export async function waitForEnd({ codepipeline, signal }, pipelineExecutionId, status) {
  const look = async () => {
    const input = { pipelineName, pipelineExecutionId };
    const { pipelineExecution } = await codepipeline.send(new GetPipelineExecutionCommand(input));
    return lastStatuses.includes(pipelineExecution.status) ? pipelineExecution : undefined;
  };
  const execution = await waitFor(`The execution ends ${status}`, look, { signal });
  expectEqual('The end of the execution', execution.status, status);
  return execution;
}

/** Checks that the execution's revision is the uploaded version, with the message given at the upload. */
export function checkRevision({ artifactRevisions }, { versionId, message }) {
  const revisions = artifactRevisions.map(({ name, revisionId, revisionSummary }) => [
    name,
    revisionId,
    revisionSummary,
  ]);
  expectEqual('The revisions of the execution', revisions, [['SourceOutput', versionId, message]]);
}

/** Returns the action executions of an execution in the order they started. */
export async function listActions({ codepipeline }, pipelineExecutionId) {
  const input = { pipelineName, filter: { pipelineExecutionId } };
  const { actionExecutionDetails } = await codepipeline.send(new ListActionExecutionsCommand(input));
  return actionExecutionDetails.reverse();
}

/** Returns the state of the pipeline as a map from stage name to stage state. */
export async function readStages({ codepipeline }) {
  const { stageStates } = await codepipeline.send(new GetPipelineStateCommand({ name: pipelineName }));
  return new Map(stageStates.map((stage) => [stage.stageName, stage]));
}
