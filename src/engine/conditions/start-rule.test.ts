import { describe, expect, test } from 'vitest';
import { createWorld } from '../../../test/support/engine/harness.ts';
import { condition, gated, rule, ruleTimeoutMs, uncheckedType } from '../../../test/support/pipelines/conditions.ts';
import { action, declare, roleArn, source, stage } from '../../../test/support/pipelines/declarations.ts';
import type { RuleDeclaration } from '../../contract/generated.ts';

/** Sets up an execution at the entry of `Deploy`, which has this rule; `Compile` has output `Package` and `Tag`. */
function atRule(declared: RuleDeclaration) {
  const build = stage('Build', action('Compile', { inputs: ['Code'], outputs: ['Package'], namespace: 'Bld' }));
  const deploy = gated(stage('Deploy', action('Ship')), { beforeEntry: condition('FAIL', declared) });
  const world = createWorld(declare([stage('Source', source()), build, deploy]));
  const id = world.start();
  world.succeed(id, 'Fetch');
  world.succeed(id, 'Compile', { outputVariables: { Tag: 'v1' } });
  return { world, id, execution: world.action(id, declared.name) };
}

describe('a rule', () => {
  test('is a job of the category Rule in the queue of all accounts', () => {
    const { world, id, execution } = atRule(rule('Check'));
    expect(execution.start.actionTypeId).toEqual({
      category: 'Rule',
      owner: 'AWS',
      provider: 'VariableCheck',
      version: '1',
    });
    expect(world.job(id, 'Check')).toMatchObject({
      status: 'Queued',
      queue: 'Rule/AWS/VariableCheck/1',
      deadlineAt: world.clock.at + ruleTimeoutMs,
    });
  });

  test('has its resolved configuration, its artifacts, and its declared role, region and commands', () => {
    const { execution } = atRule(
      rule('Check', {
        configuration: { Variable: '#{Bld.Tag}', Value: 'v1' },
        inputArtifacts: [{ name: 'Package' }],
        roleArn: 'arn:aws:iam::123456789012:role/Rules',
        region: 'eu-west-1',
        commands: ['make check'],
      }),
    );
    expect(execution.start).toMatchObject({
      configuration: { Variable: '#{Bld.Tag}', Value: 'v1' },
      resolvedConfiguration: { Variable: 'v1', Value: 'v1' },
      inputArtifacts: [{ name: 'Package', bucketName: 'artifacts' }],
      outputArtifacts: [],
      roleArn: 'arn:aws:iam::123456789012:role/Rules',
      region: 'eu-west-1',
      commands: ['make check'],
    });
  });

  test("uses the pipeline's role if it declares none", () => {
    expect(atRule(rule('Check')).execution.start.roleArn).toBe(roleArn);
  });

  test('times out after its declared minutes', () => {
    const { world, id } = atRule(rule('Check', { timeoutInMinutes: 5 }));
    expect(world.job(id, 'Check').deadlineAt).toBe(world.clock.at + 5 * 60_000);
  });

  test('can have continuations', () => {
    const { world, id } = atRule(rule('Check'));
    world.succeed(id, 'Check', { continuationToken: 'later' });
    expect(world.check(id, 'Deploy', 'beforeEntry').status).toBe('InProgress');
    world.succeed(id, 'Check');
    expect(world.action(id, 'Ship').status).toBe('InProgress');
  });

  test.each([
    [
      'of a type that does not exist',
      rule('Check', { ruleTypeId: { category: 'Rule', provider: 'Oracle' } }),
      "RuleType (Provider: 'Oracle', Version: '1') is not available",
    ],
    [
      'without a provider',
      rule('Check', { type: uncheckedType }),
      "This server cannot check rules of RuleType (Provider: 'CloudWatchAlarm', Version: '1')",
    ],
    [
      'with an unknown variable',
      rule('Check', { configuration: { Variable: '#{Bld.Branch}' } }),
      'The following variables could not be resolved: #{Bld.Branch}',
    ],
    [
      'without its input artifact',
      rule('Check', { inputArtifacts: [{ name: 'Report' }] }),
      'The following input artifacts have not been produced: Report',
    ],
  ])('%s fails when it starts', (_name, declared, message) => {
    const { world, id, execution } = atRule(declared);
    expect(execution).toMatchObject({ status: 'Failed', error: { code: 'ConfigurationError', message } });
    expect(world.check(id, 'Deploy', 'beforeEntry')).toMatchObject({
      status: 'Failed',
      summary: `The rule 'Check' failed: ${message}`,
    });
    expect(world.execution(id).status).toBe('Failed');
  });
});
