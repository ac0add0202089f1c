import type { ActionExecutionDetail, PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { labelOf } from './content.ts';
import { type JobsByAction, jobsByAction, judgeExecution } from './judge-execution.ts';
import { type Ledger, touch } from './ledger.ts';
import { type Mill, releaseBucket, sourceBucket } from './mill.ts';
import { readActions, readExecutions } from './read-history.ts';
import type { RunContext } from './run-context.ts';
import type { Target } from './target.ts';

/** Compares the final state of the service with the ledger. */
export async function checkEverything(context: RunContext): Promise<void> {
  const { target, ledger, mills } = context;
  const jobs = jobsByAction(ledger);
  for (const mill of mills) {
    const executions = await readExecutions(target, mill.name);
    const actions = await readActions(target, mill.name);
    if (!executions || !actions) throw new Error(`${mill.name} cannot be read`);
    checkStarts(ledger, mill, executions);
    checkActions(context, mill, { executions, actions, jobs });
    await checkFetched(context, actions);
  }
  await checkObjects(context);
}

/** Each token must have one execution, and there is no other except the one started at creation. */
function checkStarts({ starts, violations }: Ledger, { name }: Mill, executions: PipelineExecutionSummary[]): void {
  const started = [...starts.values()].filter(({ pipelineName }) => pipelineName === name);
  const wanted = new Set(started.map(({ executionId }) => executionId));
  const found = new Set(
    executions
      .filter(({ trigger }) => trigger?.triggerType === 'StartPipelineExecution')
      .map(({ pipelineExecutionId = '' }) => pipelineExecutionId),
  );
  for (const id of wanted) if (!found.has(id)) violations.push(`execution ${id} of ${name} is gone`);
  for (const id of found) if (!wanted.has(id)) violations.push(`execution ${id} of ${name} was started twice`);
  if (executions.length !== found.size + 1) violations.push(`${name} has executions that were not started`);
}

function checkActions(
  { ledger, target }: RunContext,
  { name }: Mill,
  read: { executions: PipelineExecutionSummary[]; actions: ActionExecutionDetail[]; jobs: JobsByAction },
): void {
  for (const { pipelineExecutionId: id = '', status } of read.executions) {
    const actions = read.actions.filter(({ pipelineExecutionId }) => pipelineExecutionId === id);
    const account = touch(ledger, id, name, target.life);
    ledger.violations.push(...judgeExecution(ledger, account, { actions, jobs: read.jobs }));
    const isOpen =
      status === 'InProgress' || status === 'Stopping' || actions.some((one) => one.status === 'InProgress');
    if (isOpen) ledger.violations.push(`execution ${id} of ${name} is stuck`);
  }
}

/** Every object whose write succeeded is complete, and every release is the output of an action. */
async function checkObjects({ target, ledger, mills }: RunContext): Promise<void> {
  for (const { bucket, key, versionId, label } of ledger.objects.values()) {
    const found = await readLabel(target, { bucket, key, versionId });
    if (found !== label) ledger.violations.push(`${bucket}/${key} is not the ${label} that was stored: ${found}`);
  }
  for (const { name } of mills.filter(({ kind }) => kind === 'files')) {
    const found = await readLabel(target, { bucket: releaseBucket, key: name });
    if (found !== undefined && !found.startsWith(`output of ${name} `)) {
      ledger.violations.push(`the release of ${name} is ${found}`);
    }
  }
}

/** A source action's output is the version that it reports. */
async function checkFetched({ target, ledger }: RunContext, actions: ActionExecutionDetail[]): Promise<void> {
  for (const { actionName, status, pipelineExecutionId, input, output } of actions) {
    if (actionName !== 'Fetch' || status !== 'Succeeded' || input?.actionTypeId?.owner !== 'AWS') continue;
    const key = input.configuration?.S3ObjectKey;
    const version = output?.executionResult?.externalExecutionId;
    const stored = ledger.objects.get(`${sourceBucket}/${key}/${version}`);
    const { bucket = '', key: artifactKey = '' } = output?.outputArtifacts?.[0]?.s3location ?? {};
    const found = await readLabel(target, { bucket, key: artifactKey });
    if (stored && found !== stored.label) {
      ledger.violations.push(`${pipelineExecutionId} fetched ${found} and reports ${stored.label} (${version})`);
    }
  }
}

async function readLabel(
  target: Target,
  { bucket: Bucket, key: Key, versionId: VersionId }: { bucket: string; key: string; versionId?: string },
): Promise<string | undefined> {
  const answer = await target.persist(async ({ s3 }, options) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }), options);
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  });
  return answer.kind === 'ok' ? labelOf(answer.output) : undefined;
}
