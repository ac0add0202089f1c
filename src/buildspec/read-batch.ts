import { type Batch, type BatchTask, BuildspecError } from './buildspec.ts';
import type { YamlMapping } from './yaml-mapping.ts';

/** The most builds of a batch. */
const maxTasks = 100;

const identifierPattern = /^[A-Za-z0-9_]{1,128}$/;

/** Reads a batch: a list of builds, a graph of builds that depend on others, or a matrix of variables and images. */
export function readBatch(mapping: YamlMapping): Batch {
  const kinds = ['build-list', 'build-graph', 'build-matrix'].filter((name) => mapping.names().includes(name));
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    throw new BuildspecError('Expected batch to have one of build-list, build-graph and build-matrix.', mapping.line);
  }
  const stopsAtFirstFailure = mapping.flag('fast-fail');
  const matrix = mapping.mapping('build-matrix');
  const tasks = matrix ? readMatrix(matrix) : mapping.mappings(kind).map(readTask);
  mapping.warnOfUnread();
  if (tasks.length > maxTasks) {
    throw new BuildspecError(`A batch has at most ${maxTasks} builds; this one has ${tasks.length}.`, mapping.line);
  }
  checkTasks(tasks, mapping.line);
  return { stopsAtFirstFailure, tasks };
}

function readTask(mapping: YamlMapping): BatchTask {
  const identifier = mapping.text('identifier') ?? '';
  if (!identifierPattern.test(identifier)) {
    throw new BuildspecError(
      `Invalid identifier '${identifier}'. Expecting letters, digits and underscores.`,
      mapping.lineOf('identifier'),
    );
  }
  const buildspec = mapping.text('buildspec');
  const task = {
    identifier,
    dependsOn: mapping.texts('depend-on'),
    ignoresFailure: mapping.flag('ignore-failure'),
    ...(buildspec !== undefined && { buildspec }),
    ...readTaskEnvironment(mapping.mapping('env')),
  };
  // For people who look at the page of a batch.
  mapping.flag('debug-session');
  mapping.warnOfUnread();
  return task;
}

function readTaskEnvironment(env: YamlMapping | undefined): Pick<BatchTask, 'variables' | 'image' | 'computeType'> {
  const image = env?.text('image');
  const computeType = env?.text('compute-type');
  const environment = {
    variables: env?.textsByName('variables') ?? {},
    ...(image !== undefined && { image }),
    ...(computeType !== undefined && { computeType }),
  };
  env?.warnOfUnread();
  return environment;
}

/** Returns a build for each combination of the dynamic part, named as CodeBuild names them. */
function readMatrix(matrix: YamlMapping): BatchTask[] {
  const fixed = matrix.mapping('static');
  const dynamic = matrix.mapping('dynamic');
  const ignoresFailure = fixed?.flag('ignore-failure') ?? false;
  const base = readTaskEnvironment(fixed?.mapping('env'));
  const env = dynamic?.mapping('env');
  const variables = env?.mapping('variables');
  let tasks: Omit<BatchTask, 'identifier'>[] = [{ dependsOn: [], ignoresFailure, ...base }];
  const vary = (values: string[], change: (task: (typeof tasks)[number], value: string) => (typeof tasks)[number]) => {
    // Checked before the next dimension, so that few lines can't ask for millions of builds.
    if (values.length > 0 && tasks.length <= maxTasks) {
      tasks = tasks.flatMap((task) => values.slice(0, maxTasks + 1).map((value) => change(task, value)));
    }
  };
  vary(dynamic?.texts('buildspec') ?? [], (task, buildspec) => ({ ...task, buildspec }));
  vary(env?.texts('image') ?? [], (task, image) => ({ ...task, image }));
  vary(env?.texts('compute-type') ?? [], (task, computeType) => ({ ...task, computeType }));
  for (const name of variables?.names() ?? []) {
    vary(variables?.texts(name) ?? [], (task, value) => ({
      ...task,
      variables: { ...task.variables, [name]: value },
    }));
  }
  for (const mapping of [fixed, env, dynamic, matrix]) mapping?.warnOfUnread();
  return tasks.map((task, index) => ({ identifier: `build${index}`, ...task }));
}

function checkTasks(tasks: BatchTask[], line: number): void {
  const known = new Map(tasks.map((task) => [task.identifier, task]));
  if (known.size < tasks.length) throw new BuildspecError('Two builds of the batch have the same identifier.', line);
  const done = new Set<string>();
  const visit = ({ identifier, dependsOn }: BatchTask, path: string[]): void => {
    if (done.has(identifier)) return;
    if (path.includes(identifier)) {
      throw new BuildspecError(`The builds ${[...path, identifier].join(' → ')} depend on each other.`, line);
    }
    for (const name of dependsOn) {
      const task = known.get(name);
      if (!task) throw new BuildspecError(`The build ${identifier} depends on ${name}, which is not there.`, line);
      visit(task, [...path, identifier]);
    }
    done.add(identifier);
  };
  for (const task of tasks) visit(task, []);
}
