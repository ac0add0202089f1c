import { readdir, readFile } from 'node:fs/promises';
import { BatchGetBuildsCommand, type Build, ListBuildsCommand } from '@aws-sdk/client-codebuild';
import {
  type ActionExecutionDetail,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  type PipelineExecutionSummary,
} from '@aws-sdk/client-codepipeline';
import type { Call, Target } from '../target.ts';

/** Everything that the server knows about a pipeline. */
interface BuiltHistory {
  name: string;
  executions: PipelineExecutionSummary[];
  /** Its build actions. */
  actions: ActionExecutionDetail[];
}

/** The most ids in one call. */
const batch = 100;

/** How a build may end though nothing is wrong with it: each of its runners was killed. */
const withoutRunner = /runner has disappeared/;

async function insist<T>(target: Target, call: Call<T>): Promise<T> {
  const answer = await target.persist(call);
  if (answer.kind !== 'ok') throw new Error(`a call failed: ${JSON.stringify(answer)}`);
  return answer.output;
}

export async function readExecutions(target: Target, pipelineName: string): Promise<PipelineExecutionSummary[]> {
  const found: PipelineExecutionSummary[] = [];
  for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken !== undefined; isFirst = false) {
    const command = new ListPipelineExecutionsCommand({ pipelineName, nextToken });
    const page = await insist(target, ({ codePipeline }, options) => codePipeline.send(command, options));
    found.push(...(page.pipelineExecutionSummaries ?? []));
    nextToken = page.nextToken;
  }
  return found;
}

async function readActions(target: Target, pipelineName: string): Promise<ActionExecutionDetail[]> {
  const found: ActionExecutionDetail[] = [];
  for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken !== undefined; isFirst = false) {
    const command = new ListActionExecutionsCommand({ pipelineName, nextToken });
    const page = await insist(target, ({ codePipeline }, options) => codePipeline.send(command, options));
    found.push(...(page.actionExecutionDetails ?? []));
    nextToken = page.nextToken;
  }
  return found.filter(({ input }) => input?.actionTypeId?.provider === 'CodeBuild');
}

/** Reads all builds of the server. */
export async function readBuilds(target: Target): Promise<Build[]> {
  const ids: string[] = [];
  for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken !== undefined; isFirst = false) {
    const command = new ListBuildsCommand({ nextToken });
    const page = await insist(target, ({ codeBuild }, options) => codeBuild.send(command, options));
    ids.push(...(page.ids ?? []));
    nextToken = page.nextToken;
  }
  const builds: Build[] = [];
  for (let at = 0; at < ids.length; at += batch) {
    const command = new BatchGetBuildsCommand({ ids: ids.slice(at, at + batch) });
    const page = await insist(target, ({ codeBuild }, options) => codeBuild.send(command, options));
    builds.push(...(page.builds ?? []));
  }
  return builds;
}

/** Judges pipelines whose executions have all ended; returns what is wrong, and how they ended. */
export async function judgeBuilds(
  target: Target,
  pipelines: string[],
  starts: Set<string>,
): Promise<{ wrong: string[]; ends: string[] }> {
  const builds = new Map((await readBuilds(target)).map((build) => [build.id ?? '', build]));
  const wrong: string[] = [];
  const ends: string[] = [];
  const known = new Set<string>();
  const performed = new Set<string>();
  for (const name of pipelines) {
    const executions = await readExecutions(target, name);
    const actions = await readActions(target, name);
    for (const { pipelineExecutionId: id = '', status = '' } of executions) {
      known.add(id);
      ends.push(status);
    }
    for (const { externalExecutionId } of actions.map(({ output }) => output?.executionResult ?? {})) {
      if (externalExecutionId !== undefined && performed.has(externalExecutionId))
        wrong.push(`the build ${externalExecutionId} belongs to two actions`);
      if (externalExecutionId !== undefined) performed.add(externalExecutionId);
    }
    wrong.push(...judgeExecutions({ name, executions, actions }, builds));
  }
  for (const id of starts) if (!known.has(id)) wrong.push(`the execution ${id} was started, and is not there`);
  for (const { id = '', buildComplete } of builds.values()) {
    if (!buildComplete) wrong.push(`the build ${id} goes on, but no execution does`);
    if (!performed.has(id)) wrong.push(`no action has the build ${id}`);
  }
  return { wrong, ends };
}

function judgeExecutions({ actions, executions, name }: BuiltHistory, builds: Map<string, Build>): string[] {
  return executions.flatMap(({ pipelineExecutionId: id, status }) => {
    const own = actions.filter(({ pipelineExecutionId }) => pipelineExecutionId === id);
    const ends = own.map(({ output, stageName }) => {
      const build = builds.get(output?.executionResult?.externalExecutionId ?? '');
      return { stageName, build };
    });
    if (status === 'Succeeded') {
      const isWhole = ends.length === 2 && ends.every(({ build }) => build?.buildStatus === 'SUCCEEDED');
      return isWhole ? [] : [`${name}: ${id} succeeded without two builds that succeeded`];
    }
    if (status === 'Stopped') return [];
    const last = ends.at(0)?.build;
    const reason = last?.phases
      ?.flatMap(({ contexts }) => contexts ?? [])
      .map(({ message }) => message)
      .join();
    const isExcused = status === 'Failed' && last?.buildStatus === 'FAULT' && withoutRunner.test(reason ?? '');
    return isExcused ? [] : [`${name}: ${id} is ${status}; its last build is ${last?.buildStatus}: ${reason}`];
  });
}

/** Returns processes of builds: those with an argument, and those with the mark of builds in one of some folders. */
export async function findLeft(argument: string, folders: string[]): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const command = (await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')).split('\0');
      const variables = (await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '')).split('\0');
      const isOfBuild =
        variables.some((variable) => variable.startsWith('MILLRACE_BUILD=')) &&
        variables.some((variable) => folders.some((folder) => variable.includes(folder)));
      return command.includes(argument) || isOfBuild ? [`${id}: ${command.join(' ')}`] : [];
    }),
  );
  return found.flat();
}
