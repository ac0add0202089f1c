import { expect, test } from 'vitest';
import { describeEnd } from './describe-run.ts';
import { type ActionProgress, hasEnded, type RunProgress, readProgress } from './execution-progress.ts';
import { createScreen, drawRun } from './live-view.ts';
import { createPlainView } from './plain-view.ts';

const action = (given: Partial<ActionProgress>): ActionProgress => ({
  id: given.name ?? 'id',
  stage: 'Build',
  name: 'Compile',
  status: 'InProgress',
  startedAt: 1000,
  outputVariables: {},
  ...given,
});

const progress = (...actions: ActionProgress[]): RunProgress => ({
  status: 'InProgress',
  stages: [{ name: 'Build', status: 'InProgress' }, { name: 'Deploy' }],
  actions,
});

test('plain lines say each thing once, in the order in which it happened', () => {
  const lines = createPlainView(1000);
  expect(lines(progress(action({})))).toEqual(['   0.0 s  Build/Compile started']);
  expect(lines(progress(action({})))).toEqual([]);
  const ended = action({ status: 'Failed', endedAt: 3500, error: 'exit\n\u001b[31mstatus 1' });
  const quick = action({ name: 'Check', startedAt: 2000, endedAt: 2100, status: 'Succeeded' });
  expect(lines(progress(ended, quick))).toEqual([
    '   1.0 s  Build/Check started',
    '   1.1 s  Build/Check Succeeded in 0.1 s',
    '   2.5 s  Build/Compile Failed in 2.5 s: exit status 1',
  ]);
});

test('an approval asks instead of starting', () => {
  const lines = createPlainView(1000);
  const waiting = action({ name: 'Go', approval: { token: 't', note: 'Really?' } });
  expect(lines(progress(waiting))).toEqual(['   0.0 s  Build/Go asks for approval: Really?']);
  const { approval: _, ...answered } = waiting;
  expect(lines(progress({ ...answered, status: 'Succeeded', endedAt: 2000 }))).toEqual([
    '   1.0 s  Build/Go Succeeded in 1.0 s',
  ]);
});

test('the live view has a line for each stage and each action that has begun', () => {
  const ended = action({ status: 'Succeeded', endedAt: 66_000, summary: 'all tests passed' });
  const options = { columns: 40, hasColor: false };
  const [stage, compile, check, ...rest] = drawRun(progress(ended, action({ name: 'Check' })), 2000, options);
  expect(stage).toBe('Build');
  expect(compile).toBe('  ✔ Compile  1 min 05 s  all tests pass…');
  expect(check).toBe('  ⠋ Check       1.0 s  ');
  expect(rest).toEqual(['Deploy']);
});

test('a view is drawn over the last one, and only if it differs', () => {
  const written: string[] = [];
  const screen = createScreen((text) => void written.push(text));
  screen.draw(['a', 'b']);
  screen.draw(['a', 'b']);
  screen.draw(['c']);
  screen.forget();
  screen.draw(['d']);
  expect(written).toEqual(['a\nb\n', '\u001b[2A\r\u001b[Jc\n', 'd\n']);
});

test('the end says what failed, with the condition of a stage that has no failed action', () => {
  const observed = readProgress({
    execution: { status: 'Failed' },
    stageStates: [
      {
        stageName: 'Deploy',
        latestExecution: { pipelineExecutionId: 'e', status: 'Failed' },
        beforeEntryConditionState: {
          latestExecution: { status: 'Failed', summary: 'The rules were not met' },
          conditionStates: [
            { ruleStates: [{ ruleName: 'Hours', latestExecution: { errorDetails: { message: 'closed' } } }] },
          ],
        },
      },
    ],
    actionExecutions: [
      {
        actionExecutionId: 'a',
        stageName: 'Build',
        actionName: 'Compile',
        status: 'Abandoned',
        startTime: 1,
        lastUpdateTime: 2.5,
        output: { executionResult: { errorDetails: { message: 'stopped' } } },
      },
    ],
  });
  expect(hasEnded(observed)).toBe(true);
  expect(describeEnd('shop', observed, 12_340)).toEqual([
    'Pipeline shop Failed after 12.3 s',
    '  Build/Compile Abandoned: stopped',
    '  Deploy Failed: beforeEntry condition Failed: The rules were not met: Hours: closed',
  ]);
});
