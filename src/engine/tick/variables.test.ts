import { describe, expect, test } from 'vitest';
import { createHarness } from '../../../test/support/engine/harness.ts';
import { action, declare, source, stage } from '../../../test/support/pipelines/declarations.ts';
import { resolveConfiguration } from './variables.ts';

const known = new Map([
  ['Src', new Map(Object.entries({ Commit: 'abc', Nested: '#{Src.Commit}', Dollar: "$& $1 $' $$", Empty: '' }))],
  ['a@b-c_1', new Map([['k@e-y_2', 'odd']])],
]);

describe('a configuration value (behaviour C.9)', () => {
  test.each([
    ['plain text stays', 'make all', 'make all'],
    ['a reference is replaced', '#{Src.Commit}', 'abc'],
    ['every reference in a text is replaced', 'x#{Src.Commit}y#{Src.Commit}z', 'xabcyabcz'],
    ['substitution happens once: a value that looks like a reference stays', '#{Src.Nested}', '#{Src.Commit}'],
    ['dollar signs in a value are literal', '#{Src.Dollar}', "$& $1 $' $$"],
    ['an empty value is a value', '[#{Src.Empty}]', '[]'],
    ['names may have @, - and _', '#{a@b-c_1.k@e-y_2}', 'odd'],
    ['without a key it is no reference', '#{Src}', '#{Src}'],
    ['with a space it is no reference', '#{Src. Commit}', '#{Src. Commit}'],
    ['with three parts it is no reference', '#{Src.Commit.More}', '#{Src.Commit.More}'],
    ['shell variables stay', '${Src.Commit} $Src', '${Src.Commit} $Src'],
  ])('%s', (_name, value, expected) => {
    expect(resolveConfiguration({ Command: value }, known, 1000)).toEqual({
      resolved: { Command: expected },
      unresolved: [],
      isTooLarge: false,
    });
  });

  test.each([
    ['an unknown namespace', '#{Other.Commit}'],
    ['an unknown key', '#{Src.Other}'],
    ['namespaces are case-sensitive', '#{src.Commit}'],
    ['keys are case-sensitive', '#{Src.commit}'],
    ['names of object members are not variables', '#{Src.constructor}'],
  ])('%s stays and is reported', (_name, value) => {
    expect(resolveConfiguration({ Command: value }, known, 1000)).toEqual({
      resolved: { Command: value },
      unresolved: [value],
      isTooLarge: false,
    });
  });

  test('a sealed secret is not resolved', () => {
    const secret = { sealed: '#{Src.Commit}' };
    expect(resolveConfiguration({ Secret: secret }, known, 1000)).toMatchObject({ resolved: { Secret: secret } });
  });
});

describe('the characters of a resolved configuration', () => {
  test('count keys and values: one too many and the configuration stays as declared', () => {
    const declared = { Ab: '#{Src.Commit}', Cd: 'x#{Src.Commit}' };
    expect(resolveConfiguration(declared, known, 11)).toMatchObject({ resolved: { Ab: 'abc', Cd: 'xabc' } });
    expect(resolveConfiguration(declared, known, 10)).toEqual({ resolved: declared, unresolved: [], isTooLarge: true });
  });

  test('are counted before they are joined', () => {
    const long = new Map([['Src', new Map([['v', 'x'.repeat(122_000)]])]]);
    const declared = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`p${index}`, '#{Src.v}'.repeat(125)]),
    );
    // The whole would be 1.5 billion characters, more than a string can have.
    expect(resolveConfiguration(declared, long, 100 * 1024)).toEqual({
      resolved: declared,
      unresolved: [],
      isTooLarge: true,
    });
  });

  test('are those of JSON, where control characters take six', () => {
    const bell = new Map([['Src', new Map([['v', '\u0007']])]]);
    const declared = { a: '#{Src.v}#{Src.v}' };
    expect(resolveConfiguration(declared, bell, 13)).toMatchObject({ resolved: { a: '\u0007\u0007' } });
    expect(resolveConfiguration(declared, bell, 12)).toMatchObject({ resolved: declared, isTooLarge: true });
  });

  test('an unresolved reference is reported once', () => {
    expect(resolveConfiguration({ a: '#{X.y}'.repeat(166), b: '#{X.y}' }, known, 5000).unresolved).toEqual(['#{X.y}']);
  });
});

/** Returns the resolved `Command` of the action `Use`, which runs after `Make`. */
function resolve(
  command: string,
  made: Record<string, string> | undefined,
  parts: { namespace?: string; type?: 'V2' } = {},
) {
  const declaration = declare(
    [
      stage('Source', source()),
      stage(
        'Build',
        action('Make', { namespace: parts.namespace }),
        action('Use', { runOrder: 2, configuration: { Command: command } }),
      ),
    ],
    parts.type && { pipelineType: 'V2', variables: [{ name: 'Target', defaultValue: 'test' }] },
  );
  const harness = createHarness(declaration);
  const id = harness.start();
  harness.succeed(id, 'Fetch');
  harness.succeed(id, 'Make', { outputVariables: made });
  const use = harness.action(id, 'Use');
  return {
    id,
    status: use.status,
    declared: use.start.configuration.Command,
    resolved: use.start.resolvedConfiguration.Command,
  };
}

describe('what an action can refer to (behaviour C.9)', () => {
  test('codepipeline.PipelineExecutionId', () => {
    const { id, resolved, declared } = resolve('run #{codepipeline.PipelineExecutionId}', undefined);
    expect(resolved).toBe(`run ${id}`);
    expect(declared).toBe('run #{codepipeline.PipelineExecutionId}');
  });

  test('nothing else of codepipeline', () => {
    expect(resolve('#{codepipeline.Region}', undefined).status).toBe('Failed');
  });

  test('the output variables of an earlier action under its namespace', () => {
    expect(resolve('#{Mk.Tag}', { Tag: 'v1' }, { namespace: 'Mk' }).resolved).toBe('v1');
  });

  test('an action without a namespace cannot be referred to', () => {
    expect(resolve('#{Make.Tag}', { Tag: 'v1' }).status).toBe('Failed');
  });

  test('not a variable that the worker did not report', () => {
    expect(resolve('#{Mk.Tag}', undefined, { namespace: 'Mk' }).status).toBe('Failed');
  });

  test('a pipeline variable under variables', () => {
    expect(resolve('#{variables.Target}', undefined, { type: 'V2' }).resolved).toBe('test');
  });
});
