import type { PipelineExecutionSummary } from '@aws-sdk/client-codepipeline';
import type { WatchingPipeline } from './pipelines.ts';
import { type Push, pushesOf } from './pushed.ts';
import { featureBranches, mainBranch } from './pusher.ts';
import type { ReceivedEvent } from './receiver.ts';

/** Executions of a pipeline, oldest first. */
export interface History {
  pipeline: WatchingPipeline;
  executions: PipelineExecutionSummary[];
}

/** Returns what is not as it must be by now: what is missing may still come. */
export function judgeStarts({ pipeline, executions }: History, pushes: Push[]): { missing: string[]; wrong: string[] } {
  const { name, repository, interest } = pipeline;
  const commits = executions.map(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId ?? '');
  const missing = executions.flatMap(({ pipelineExecutionId, status }) =>
    status === 'InProgress' ? [`${name}: ${pipelineExecutionId} is in progress`] : [],
  );
  const wrong = executions.flatMap(({ pipelineExecutionId, status, statusSummary }) =>
    status === 'InProgress' || status === 'Succeeded'
      ? []
      : [`${name}: ${pipelineExecutionId} is ${status}: ${statusSummary}`],
  );
  if (missing.length > 0) return { missing, wrong };
  // The first execution takes what is at the branch.
  const started = interest === 'main' ? commits : commits.slice(1);
  for (const commit of new Set(started.filter((commit, index) => started.indexOf(commit) !== index))) {
    wrong.push(`${name}: ${commit} was started twice`);
  }
  const relevant = pushesOf(pushes, repository, refsOf[interest]);
  const known = new Set([...relevant.values()].flat().map(({ commit }) => commit));
  for (const commit of started) if (!known.has(commit)) wrong.push(`${name}: ${commit} was started but never pushed`);
  for (const [ref, moves] of relevant) {
    const mistake = missedMove(moves, started, interest);
    if (mistake !== undefined) missing.push(`${name}: ${ref} ${mistake}`);
    if (!isInOrder(moves, started)) wrong.push(`${name}: commits of ${ref} were started out of order`);
  }
  return { missing, wrong };
}

const refsOf = {
  main: (ref: string) => ref === mainBranch,
  features: (ref: string) => featureBranches.includes(ref),
  tags: (ref: string) => ref.startsWith('refs/tags/'),
};

/** Several pushes between two checks start the newest commit, with the files of all. */
function missedMove(moves: Push[], started: string[], interest: WatchingPipeline['interest']): string | undefined {
  const last = interest === 'features' ? moves.findLastIndex(({ isOfSource }) => isOfSource) : moves.length - 1;
  if (last < 0) return moves.some(({ commit }) => started.includes(commit)) ? 'has no change of sources' : undefined;
  const isCovered = moves.slice(last).some(({ commit }) => started.includes(commit));
  return isCovered ? undefined : `${moves[last]?.commit} has started nothing`;
}

function isInOrder(moves: Push[], started: string[]): boolean {
  const positions = moves.map(({ commit }) => started.indexOf(commit)).filter((position) => position >= 0);
  return positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? 0));
}

/** Returns which events of the executions of a pipeline were not received, and which came in a wrong order. */
export function judgeEvents({ pipeline, executions }: History, events: ReceivedEvent[]) {
  const own = events.filter(
    (event) => event['detail-type'].includes('Pipeline Execution') && event.detail.pipeline === pipeline.name,
  );
  const placeOf = (id: string | undefined, state: string) =>
    own.findIndex(({ detail }) => detail['execution-id'] === id && detail.state === state);
  const missing: string[] = [];
  const wrong: string[] = [];
  let before = -1;
  for (const { pipelineExecutionId: id } of executions) {
    const [startedAt, endedAt] = [placeOf(id, 'STARTED'), placeOf(id, 'SUCCEEDED')];
    if (endedAt < 0) missing.push(`${pipeline.name}: no SUCCEEDED event of ${id}`);
    if (startedAt < 0) {
      missing.push(`${pipeline.name}: no STARTED event of ${id}`);
      continue;
    }
    if (startedAt < before) wrong.push(`${pipeline.name}: the STARTED event of ${id} came after that of a later one`);
    if (endedAt >= 0 && endedAt < startedAt) wrong.push(`${pipeline.name}: events of ${id} came in a wrong order`);
    before = startedAt;
  }
  return { missing, wrong };
}
