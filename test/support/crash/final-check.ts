import type { ActionExecutionDetail, PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { labelOf } from './content.ts';
import { type JobsByAction, jobsByAction, judgeExecution } from './judge-execution.ts';
import { type Ledger, touch } from './ledger.ts';
import { type Mill, releaseBucket, sourceBucket } from './mill.ts';
import { readActions, readExecutions } from './read-history.ts';
import type { Scene } from './scene.ts';
import type { Target } from './target.ts';

/** Compares all that the service tells in the end with what its clients were told. */
export async function checkEverything(scene: Scene): Promise<void> {
  const { target, ledger, mills } = scene;
  const jobs = jobsByAction(ledger);
  for (const mill of mills) {
    const executions = await readExecutions(target, mill.name);
    const actions = await readActions(target, mill.name);
    if (!executions || !actions) throw new Error(`${mill.name} cannot be read`);
    checkStarts(ledger, mill, executions);
    checkActions(scene, mill, { executions, actions, jobs });
    await checkFetched(scene, actions);
  }
  await checkObjects(scene);
}

/** Each token is one execution, and there is no other but the one that the creation started. */
function checkStarts({ starts, violations }: Ledger, { name }: Mill, executions: PipelineExecutionSummary[]): void {
  const told = [...starts.values()].filter(({ pipelineName }) => pipelineName === name);
  const wanted = new Set(told.map(({ executionId }) => executionId));
  const found = new Set(
    executions
      .filter(({ trigger }) => trigger?.triggerType === 'StartPipelineExecution')
      .map(({ pipelineExecutionId = '' }) => pipelineExecutionId),
  );
  for (const id of wanted) if (!found.has(id)) violations.push(`execution ${id} of ${name} is gone`);
  for (const id of found) if (!wanted.has(id)) violations.push(`execution ${id} of ${name} was started twice`);
  if (executions.length !== found.size + 1) violations.push(`${name} has executions that nobody started`);
}

function checkActions(
  { ledger, target }: Scene,
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

/** Every object somebody was told is stored is there, whole; and what was released is the output of some action. */
async function checkObjects({ target, ledger, mills }: Scene): Promise<void> {
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

/** What a source action fetched is the version of the source that it tells. */
async function checkFetched({ target, ledger }: Scene, actions: ActionExecutionDetail[]): Promise<void> {
  for (const { actionName, status, pipelineExecutionId, input, output } of actions) {
    if (actionName !== 'Fetch' || status !== 'Succeeded' || input?.actionTypeId?.owner !== 'AWS') continue;
    const key = input.configuration?.S3ObjectKey;
    const version = output?.executionResult?.externalExecutionId;
    const told = ledger.objects.get(`${sourceBucket}/${key}/${version}`);
    const { bucket = '', key: artifactKey = '' } = output?.outputArtifacts?.[0]?.s3location ?? {};
    const found = await readLabel(target, { bucket, key: artifactKey });
    if (told && found !== told.label) {
      ledger.violations.push(`${pipelineExecutionId} fetched ${found} and tells ${told.label} (${version})`);
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
