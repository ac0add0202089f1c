import type { ActionExecutionDetail, PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { labelOf } from './content.ts';
import { type JobsByAction, jobsByAction, judgeExecution } from './judge-execution.ts';
import { type Ledger, touch } from './ledger.ts';
import { type Mill, releaseBucket } from './mill.ts';
import { readActions, readExecutions } from './read-history.ts';
import type { Scene } from './scene.ts';

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
  const read = async (Bucket: string, Key: string, VersionId?: string): Promise<string | undefined> => {
    const answer = await target.persist(async ({ s3 }, options) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }), options);
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    });
    return answer.kind === 'ok' ? labelOf(answer.output) : undefined;
  };
  for (const { bucket, key, versionId, label } of ledger.objects.values()) {
    const found = await read(bucket, key, versionId);
    if (found !== label) ledger.violations.push(`${bucket}/${key} is not the ${label} that was stored: ${found}`);
  }
  for (const { name } of mills.filter(({ kind }) => kind === 'files')) {
    const found = await read(releaseBucket, name);
    if (found !== undefined && !found.startsWith(`output of ${name} `)) {
      ledger.violations.push(`the release of ${name} is ${found}`);
    }
  }
}
